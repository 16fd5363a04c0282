"""The drawn network as a value: its edits, its differences, its check and its layout."""

from cnnstudio.graph.check import Fix, Problem, Report, check
from cnnstudio.graph.data_spec import DataSpec
from cnnstudio.graph.diff import GraphDiff, diff
from cnnstudio.graph.graph import Edge, Graph, Node, NodeId, Point
from cnnstudio.graph.json_format import GraphFormatError, UnknownLayer, graph_from_dict, graph_to_dict
from cnnstudio.graph.layout import arrange

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
