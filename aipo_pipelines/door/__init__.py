"""The one door: what stands between other people of the machine and Dagster and MLflow.

Both listen on sockets that only this account reaches. The door listens on a port, lets in whoever
has the secret, and passes on what they ask. The rooms of the house:

* `gate`: who may come in; pure functions on what a request says of itself;
* `secret`: the token of this start, and the file it is kept in;
* `passing`: passes requests, answers and websockets on;
* `app`: puts these together; `python -m aipo_pipelines.door` serves it;
* `pages`: the few pages that the door itself shows;
* `sockets`: sockets that no other account reaches;
* `dagster_webserver`, `mlflow_server`: what listens behind it;
* `artifacts`: the files that MLflow's server opens;
* `account`, `relay`: the account that it has where root runs us, and its way to Postgres.
"""
