import pandas as pd


def model(dbt, session):
    dbt.config(tags=["science"], packages=["pandas"])
    orders = dbt.ref("orders").df()
    if dbt.config.get("mode", "fast") == "fast":
        return orders
    return pd.concat([orders, dbt.source("raw", "scores")])
