"""The shared language: one file per publishing service, and the value types they speak in.

Nothing here imports anything else of ours. Changes are additive; a breaking one is a new event name.
"""
