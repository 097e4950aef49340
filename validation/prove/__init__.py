"""Proofs about built images: suite, probes, smoke training, parity, receipts."""
