"""The Rasa assistant as a library behind a small private API.

program      starts the process: logs, model, server
api          POST /turn, POST /parse, GET /healthz, POST /reload, POST /retrain
assistant    one loaded model: reads messages, takes turns
tracker      the compact tracker store
processor    Rasa's message processor without what nobody here asks for
graph        runs the model's graph without a scheduler
in_process   runs custom actions without an action server
choices      what a picked choice means to Rasa
without_tensorflow  keeps what is never used out of memory
training     trains when config, domain or data changed
record       what a turn knew, for whoever asks later
terminal     chat, ask and parse without a gateway
evaluation   measures on held-out examples; `report` writes the page
retraining   trains and measures with staff's corrections; `gate` says what stands against it
releases     which model answers
project      the project as training reads it
"""
