"""MedSim-LLM: patients for practising the medical interview, played by small language models."""

import os

# Before torch is imported, which reads them once. Spinning OpenMP threads win a little on an idle machine and
# lose up to ten times on a shared one; a short spin keeps most of the first and none of the second.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "10000")
