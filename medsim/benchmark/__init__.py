"""How true patients are to their scripts: probes put to them in whole interviews, and what their replies are worth."""
