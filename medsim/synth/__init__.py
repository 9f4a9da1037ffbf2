"""Patients and interviews made from knowledge that we wrote: python -m medsim.synth."""
