"""Which results lie on both sides of zero: told from the layers along the way, so that it never changes in training."""

from __future__ import annotations

from cnnstudio.graph.graph import Graph, Node, NodeId

CENTRED = {"input", "convolution", "dense", "normalization"}  # roles whose results have either sign
FOLLOWING = {"local_response_normalization"}  # kinds that keep the sign of what they get, whatever their role says


def signed_nodes(graph: Graph) -> frozenset[NodeId]:
    """The nodes whose results are best shown about zero; in a loop, only those whose layer alone decides it."""
    signed: set[NodeId] = set()
    for node_id in graph.order() or graph.nodes:
        arriving = any(edge.source in signed for edge in graph.inputs(node_id))
        if _is_signed(graph.nodes[node_id], arriving):
            signed.add(node_id)
    return frozenset(signed)


def _is_signed(node: Node, arriving: bool) -> bool:
    layer = node.layer
    if layer.role == "activation":
        return layer.kind == "tanh"
    if layer.kind == "output":
        return arriving and getattr(layer, "loss", "") not in ("softmax", "binary")
    return arriving or (layer.role in CENTRED and layer.kind not in FOLLOWING)
