"""What a decoder can be exported to; apart from the writers so that help is printed without them."""

TARGETS = {"onnx": "one graph from received values to bits", "safetensors": "the weights, H and the distances"}
