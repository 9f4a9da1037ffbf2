"""Training: from dialogues to an adapter, a merged model, a published one."""
