"""MedSim-LLM: patients for practising the medical interview, played by small language models."""

import os

# Before torch is imported, which reads them once. Long spinning wins a little on an idle machine and is several times
# slower on a shared one; a short spin keeps most of the first and none of the second: benchmarks/thread_spin.py
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
