"""Story identity: which reports tell of one act, who published independently, and what each one changed."""
