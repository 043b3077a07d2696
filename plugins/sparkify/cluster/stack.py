"""The CloudFormation stack of a cluster: the functions that the tasks of the two DAGs call.

Sources: CloudFormation's API reference, "CreateStack", "UpdateStack", "DescribeStackEvents".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from sparkify.cluster.template import TEMPLATE
from sparkify.failures import Busy
from sparkify.tasks.failing_fast import failing_fast

log = logging.getLogger(__name__)

# A stack without this tag was made by somebody else. It is neither updated nor deleted.
TAG = {"Key": "made-by", "Value": "sparkify_redshift_cluster"}


def stack_name(cluster_identifier: str) -> str:
    """The name of a cluster's stack."""
    return f"redshift-{cluster_identifier}"


def deploy_stack(name: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create the stack, or update it to the template, without waiting for it.

    :param parameters: an empty one stays as it is; in a new stack it has the template's default.
    :returns: `stack_id`, and `goal`: the status to wait for.
    :raises Busy: it is being created, updated or deleted.
    :raises AirflowFailException: it is somebody else's, or CloudFormation refuses the request.
    """
    with failing_fast():
        client = _client()
        stack = _find(client, name)
        if stack is not None and stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise Busy(f"stack {name} is {stack['StackStatus']}")
        request: dict[str, Any] = {
            "StackName": name,
            "TemplateBody": TEMPLATE.read_text(),
            "Parameters": _merged(stack, parameters),
            "Capabilities": ["CAPABILITY_IAM"],
            "Tags": [TAG],
        }
        try:
            if stack is None:
                stack = client.create_stack(**request, OnFailure="DELETE")
                return {"stack_id": stack["StackId"], "goal": "CREATE_COMPLETE"}
            client.update_stack(**request)
        except client.exceptions.ClientError as error:
            if stack is not None and "No updates are to be performed" in str(error):
                log.info("Stack %s is up to date", name)
                return {"stack_id": stack["StackId"], "goal": stack["StackStatus"]}
            if error.response["Error"]["Code"] == "ValidationError":
                raise ValueError(str(error)) from error
            raise
        return {"stack_id": stack["StackId"], "goal": "UPDATE_COMPLETE"}


def stack_outputs(stack_id: str, goal: str) -> Any:
    """For a sensor: whether the stack is deployed, and if so, its outputs, which are logged.

    :raises AirflowFailException: the change failed; the message says why.
    """
    from airflow.sdk import PokeReturnValue

    with failing_fast():
        client = _client()
        stack = client.describe_stacks(StackName=stack_id)["Stacks"][0]
        status = stack["StackStatus"]
        if status != goal:
            if status.endswith("_IN_PROGRESS"):
                return PokeReturnValue(is_done=False)
            raise ValueError(
                f"stack {stack['StackName']} is {status}:\n{_reasons(client, stack_id)}"
            )
    for output in stack["Outputs"]:
        log.info("%s:\n  %s", output["Description"], output["OutputValue"])
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return PokeReturnValue(is_done=True, xcom_value=outputs)


def choose_action(action: str, cluster_identifier: str, confirm: str) -> str:
    """The task to go on with.

    :raises AirflowFailException: a deletion is not confirmed, or there is no such stack of ours.
    """
    if action != "delete":
        return f"{action}_cluster"
    with failing_fast():
        if confirm != cluster_identifier:
            raise ValueError(
                f"cluster {cluster_identifier} is not deleted: the field confirm must hold its"
                f" identifier, and holds {confirm!r}"
            )
        name = stack_name(cluster_identifier)
        if _find(_client(), name) is None:
            raise ValueError(
                f"there is no stack {name} to delete. Check the identifier. A cluster without a"
                " stack is deleted in the AWS console"
            )
    return "delete_stack"


def _client() -> Any:
    from airflow.providers.amazon.aws.hooks.cloud_formation import CloudFormationHook

    return CloudFormationHook(aws_conn_id="aws_default").get_conn()


def _find(client: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except client.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    if TAG not in stack.get("Tags", []):
        raise ValueError(
            f"stack {name} was not made by {TAG['Value']}. Choose another cluster identifier, or"
            f" add the tag {TAG['Key']}={TAG['Value']} to the stack"
        )
    return stack


def _merged(stack: Any, parameters: Mapping[str, str]) -> list[dict[str, str]]:
    """The parameters in CloudFormation's form; the stack's own where one is empty."""
    own = stack["Parameters"] if stack else []
    before = [item for item in own if parameters.get(item["ParameterKey"]) == ""]
    given = [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items() if v != ""]
    return before + given


def _reasons(client: Any, stack_id: str) -> str:
    """Why the last change of the stack failed, a line for each resource."""
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]  # newest first
    starts = [(stack_id, "CREATE_IN_PROGRESS"), (stack_id, "UPDATE_IN_PROGRESS")]
    since_the_start = takewhile(
        lambda event: (event.get("PhysicalResourceId"), event["ResourceStatus"]) not in starts,
        events,
    )
    return "\n".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}"
        for event in since_the_start
        if event["ResourceStatus"].endswith("_FAILED")
    )
