"""The workload inside the images: it trains an emitter locator, exports ONNX, and serves."""
