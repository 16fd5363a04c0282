"""Which nodes have outputs on both sides of zero, derived from the layers so that it never changes during training."""

from __future__ import annotations

from cnnstudio.graph.graph import Graph, NodeId


def signed_nodes(graph: Graph) -> frozenset[NodeId]:
    """The nodes whose outputs are best shown with a color scale centered on zero.

    In a graph with a loop, only those for which the layer alone decides.
    """
    signed: set[NodeId] = set()
    for node_id in graph.order() or graph.nodes:
        inputs_signed = any(edge.source in signed for edge in graph.inputs(node_id))
        if graph.nodes[node_id].layer.is_signed(inputs_signed):
            signed.add(node_id)
    return frozenset(signed)
