"""The one door between other people of the machine and Dagster and MLflow.

Both listen on sockets that only this account reaches. The door listens on a port, admits each
request that brings the secret, and passes it on. Its modules:

* `gate`: who may come in; pure functions on the headers of a request;
* `secret`: the token of this start, and the file that holds it;
* `proxy`: passes requests, answers and websockets on;
* `app`: puts these together; `python -m aipo_pipelines.door` serves it;
* `pages`: the few pages that the door itself shows;
* `sockets`: sockets that no other account reaches;
* `dagster_webserver`, `mlflow_server`: the servers behind it;
* `artifacts`: the files that MLflow's server opens;
* `account`, `relay`: the account of that server if root runs us, and its way to Postgres.
"""
