"""The network on the canvas as an immutable value: edits, diff, check, layout and JSON."""

from cnnstudio.graph.check import Report, check
from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.diff import GraphDiff, diff
from cnnstudio.graph.graph import Edge, Graph, Node, NodeId, Point
from cnnstudio.graph.json_format import GraphFormatError, UnknownLayer, graph_from_dict, graph_to_dict
from cnnstudio.graph.layout import arrange
from cnnstudio.graph.problem import Fix, Problem

__all__ = [
    "DataSpec",
    "Edge",
    "Fix",
    "Graph",
    "GraphDiff",
    "GraphFormatError",
    "Node",
    "NodeId",
    "Point",
    "Problem",
    "Report",
    "UnknownLayer",
    "arrange",
    "check",
    "diff",
    "graph_from_dict",
    "graph_to_dict",
]
