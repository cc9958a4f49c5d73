#!/usr/bin/env python3
"""Writes the test data beside this file: takeover/, forms/, classes/, damage/.

All of it is invented. A run replaces the four folders; the same Python and zlib give the same bytes. Ids are derived from the
file they are in and a counter, the choice of background events from a fixed seed, and archives carry fixed times.

    python3 make.py
"""

import csv
import hashlib
import io
import json
import random
import re
import shutil
import struct
import tarfile
import uuid
import zipfile
import zlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

HERE = Path(__file__).resolve().parent

WORKLOAD = "111122223333"  # The victim.
MANAGEMENT = "444455556666"
OTHER = "123456789012"
VENDOR = "999988887777"
ORGANISATION = "o-exampleorgid"
BUCKET = "example-org-cloudtrail"

HOME = "us-east-1"
DUBLIN = "eu-west-1"
SYDNEY = "ap-southeast-2"

ATTACKER = "203.0.113.66"
ATTACKER_HOST = "198.51.100.201"
ATTACKER_IPV6 = "2001:db8:66::14"
OFFICE = "198.51.100.10"
RESPONDER = "198.51.100.24"
RUNNER = "192.0.2.40"
NAT = "192.0.2.80"

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0"
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15"
BOTO3 = (
    "Boto3/1.40.61 md/Botocore#1.40.61 ua/2.1 os/linux#6.8.0-45-generic md/arch#x86_64 lang/python#3.12.3 md/pyimpl#CPython "
    "cfg/retry-mode#legacy Botocore/1.40.61"
)
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io) terraform-provider-aws/6.18.0 aws-sdk-go-v2/1.39.4"


# Where calls come from: address and user agent.
INTRUDER = (ATTACKER, FIREFOX)
INTRUDER_SCRIPT = (ATTACKER_HOST, BOTO3)
DESK = (OFFICE, SAFARI)
PIPELINE = (RUNNER, TERRAFORM)
SCRIPT = (RUNNER, BOTO3)
MONITOR = ("192.0.2.150", BOTO3)


def cli(command, address=RESPONDER):
    return address, f"aws-cli/2.31.18 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7 md/command#{command}"


# --- Ids and times ---------------------------------------------------------------------------------------------------------


def digest(label):
    return hashlib.sha256(label.encode()).digest()


def letters(label, length, alphabet):
    """Text of the given length, told by the label."""
    number = int.from_bytes(digest(label), "big")
    out = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        out.append(alphabet[place])
    return "".join(out)


BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def hexadecimal(label, length):
    return letters(label, length, "0123456789abcdef")


def key(kind, label):
    """An access key id (`AKIA`, `ASIA`): 20 characters."""
    return kind + letters(f"key/{label}", 9, BASE32) + "EXAMPLE"


def principal(kind, label):
    """A unique id (`AROA`, `AIDA`): 21 characters."""
    return kind + letters(f"principal/{label}", 10, BASE32) + "EXAMPLE"


def guid(label):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.com/testdata/{label}"))


def at(clock, day="2026-03-14"):
    return f"{day}T{clock}Z"


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def stamp(when):
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def locale_time(text, seconds=0):
    """`Mar 14, 2026, 5:15:41 AM`, as STS and IAM write times into their answers."""
    when = moment(text) + timedelta(seconds=seconds)
    hour = when.hour % 12 or 12
    return f"{when:%b} {when.day}, {when.year}, {hour}:{when:%M:%S} {when:%p}"


def earlier(when, seconds):
    return stamp(moment(when) - timedelta(seconds=seconds))


# --- Identities ------------------------------------------------------------------------------------------------------------


def session(start, mfa=False, issuer=None, **more):
    context = {}
    if issuer:
        context["sessionIssuer"] = issuer
    context["attributes"] = {"creationDate": start, "mfaAuthenticated": "true" if mfa else "false"}
    return context | more


def root(access_key=None, start=None, mfa=False, account=WORKLOAD, name=None, service=None):
    """Root: `access_key` is empty text in sign-ins and absent in the noise of services."""
    identity = {"type": "Root", "principalId": account, "arn": f"arn:aws:iam::{account}:root", "accountId": account}
    if access_key is not None:
        identity["accessKeyId"] = access_key
    if name:
        identity["userName"] = name
    if start:
        identity["sessionContext"] = session(start, mfa)
    if service:
        identity["invokedBy"] = service
    return identity


def user(name, access_key, account=WORKLOAD, start=None, mfa=False):
    identity = {
        "type": "IAMUser",
        "principalId": principal("AIDA", f"{account}/{name}"),
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": access_key,
        "userName": name,
    }
    if start:
        identity["sessionContext"] = session(start, mfa)
    return identity


def role(name, session_name, access_key, start, account=WORKLOAD, path="", service=None, mfa=False, **context):
    unique = principal("AROA", f"{account}/{name}")
    issuer = {
        "type": "Role",
        "principalId": unique,
        "arn": f"arn:aws:iam::{account}:role/{path}{name}",
        "accountId": account,
        "userName": name,
    }
    identity = {
        "type": "AssumedRole",
        "principalId": f"{unique}:{session_name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
        "accountId": account,
        "accessKeyId": access_key,
        "sessionContext": session(start, mfa, issuer, **context),
    }
    if service:
        identity["invokedBy"] = service
    return identity


def service_identity(service):
    return {"type": "AWSService", "invokedBy": service}


SSO = f"aws-reserved/sso.amazonaws.com/{HOME}/"


def responder(**context):
    """The management account's administrator."""
    name = "AWSReservedSSO_SecurityAdmin_0f1e2d3c4b5a6978"
    return role(name, "responder@example.com", key("ASIA", "responder"), at("04:41:07"), MANAGEMENT, SSO, **context)


def by(service):
    """A source that is a service: its name stands for address and user agent."""
    return service, service


def resource(account, kind, arn):
    return [{"accountId": account, "type": f"AWS::{kind}", "ARN": arn}]


def token(label):
    return "IQoJb3JpZ2luX2VjEXAMPLE" + letters(f"token/{label}", 40, BASE62) + "EXAMPLE"


def credentials(access_key, when, seconds):
    """What STS answers with."""
    return {"accessKeyId": access_key, "sessionToken": token(access_key), "expiration": locale_time(when, seconds)}


def assumed(account, name, session_name, access_key, when, seconds):
    user = {
        "assumedRoleId": f"{principal('AROA', f'{account}/{name}')}:{session_name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
    }
    return {"credentials": credentials(access_key, when, seconds), "assumedRoleUser": user}


# --- Records ---------------------------------------------------------------------------------------------------------------

READS = ("Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Search", "Assume", "Generate", "Decrypt")
GLOBAL_HOSTS = {
    "iam": "iam.amazonaws.com",
    "signin": "us-east-1.signin.aws.amazon.com",
    "organizations": "organizations.us-east-1.amazonaws.com",
    "account": "account.us-east-1.amazonaws.com",
    "billingconsole": "us-east-1.console.aws.amazon.com",
}


class Log:
    """Records that are delivered together. The scope names the file and sets the ids."""

    def __init__(self, scope, account=WORKLOAD, region=HOME):
        self.scope, self.account, self.region = scope, account, region
        self.records = []

    def add(
        self,
        when,
        call,
        identity,
        source,
        request=None,
        response=None,
        *,
        error=None,
        message=None,
        extra=None,
        kind="AwsApiCall",
        version="1.11",
        resources=None,
        console=False,
        shared=None,
        vpc_endpoint=None,
        api=None,
        details=None,
        account=None,
        category="Management",
    ):
        """A record of `call` (`iam:CreateUser`) from `source`, an address and a user agent."""
        service, event = call.split(":")
        ip, agent = source
        number = len(self.records)
        # Fields came with the versions of the record.
        minor = int(version.split(".")[1])
        account, region = account or self.account, self.region
        internal = ip.endswith(".amazonaws.com") or ip.startswith("AWS Internal")
        record = {
            "eventVersion": version,
            "userIdentity": identity,
            "eventTime": when,
            "eventSource": f"{service}.amazonaws.com",
            "eventName": event,
            "awsRegion": region,
            "sourceIPAddress": ip,
            "userAgent": agent,
        }
        if error:
            record["errorCode"] = error
        if message:
            record["errorMessage"] = message
        record |= {"requestParameters": request, "responseElements": response}
        if extra:
            record["additionalEventData"] = extra
        if details:
            record["serviceEventDetails"] = details
        if kind != "AwsConsoleSignIn":
            label = f"{self.scope}/request/{number}"
            record["requestID"] = letters(label, 16, "0123456789ABCDEF") if service == "s3" else guid(label)
        record["eventID"] = guid(f"{self.scope}/event/{number}")
        if minor >= 2:
            record["readOnly"] = event.startswith(READS)
        if resources:
            record["resources"] = resources
        if minor >= 2:
            record["eventType"] = kind
        if api:
            record["apiVersion"] = api
        if minor >= 6:
            record["managementEvent"] = category == "Management"
        if minor >= 2:
            record["recipientAccountId"] = account
        if shared:
            record["sharedEventID"] = guid(shared)
        if vpc_endpoint:
            record["vpcEndpointId"] = vpc_endpoint
        if minor >= 7:
            record["eventCategory"] = category
        if minor >= 8 and not internal and kind != "AwsServiceEvent":
            host = GLOBAL_HOSTS.get(service, f"{service}.{{region}}.amazonaws.com").format(region=region)
            record["tlsDetails"] = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
        if console:
            record["sessionCredentialFromConsole"] = "true"
        self.records.append(record)
        return record

    # Events that several files need.

    def signin(self, when, event, source, identity, outcome="Success", **more):
        """An event of the sign-in service: kept by its own type, with no request."""
        return self.add(when, f"signin:{event}", identity, source, None, {event: outcome}, kind="AwsConsoleSignIn", **more)

    def sign_in(self, when, source, failure=None, mfa=None, name=None):
        """ConsoleLogin of root. A failure carries a message and no code."""
        extra = {"LoginTo": "https://console.aws.amazon.com/console/home?nc2=h_ct&src=header-signin", "MobileVersion": "No"}
        if mfa:
            extra["MFAIdentifier"] = mfa
        extra["MFAUsed"] = "Yes" if mfa else "No"
        who = root("", account=self.account, name=name)
        return self.signin(when, "ConsoleLogin", source, who, "Failure" if failure else "Success", message=failure, extra=extra)

    def list_buckets(self, when, identity, source, **more):
        ip, agent = source
        request = {"Host": "s3.us-east-1.amazonaws.com"}
        return self.add(when, "s3:ListBuckets", identity, (ip, f"[{agent}]"), request, extra=s3_extra(f"{self.scope}/{when}", 1893), **more)

    def assume_root(self, when, access_key):
        """The caller's record, with the marker where the official sample has it."""
        request = {
            "targetPrincipal": WORKLOAD,
            "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials"},
            "durationSeconds": 900,
        }
        answer = {"credentials": credentials(access_key, when, 900)}
        caller = responder(assumedRoot="true")
        return self.add(when, "sts:AssumeRoot", caller, cli("sts.assume-root"), request, answer, account=MANAGEMENT)

    def text(self):
        return records_text(self.records)


def one_line(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def records_text(records):
    return one_line({"Records": records})


def s3_extra(label, out):
    return {
        "SignatureVersion": "SigV4",
        "CipherSuite": "TLS_AES_128_GCM_SHA256",
        "bytesTransferredIn": 0,
        "AuthenticationMethod": "AuthHeader",
        "x-amz-id-2": letters(f"s3/{label}", 40, BASE62) + "EXAMPLE=",
        "bytesTransferredOut": out,
    }


# --- Containers ------------------------------------------------------------------------------------------------------------


def gzip(data, level=6):
    """One member with the header that CloudTrail's own files have: no name, no time."""
    data = data.encode() if isinstance(data, str) else data
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    body = squeeze.compress(data) + squeeze.flush()
    return b"\x1f\x8b\x08\0\0\0\0\0\0\0" + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


ARCHIVED = int(moment(at("06:30:00")).timestamp())


def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), ARCHIVED, 0o644
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, (2026, 3, 14, 6, 30, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, data, compresslevel=6)
    return out.getvalue()


def write(path, data):
    data = data.encode() if isinstance(data, str) else data
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


# --- Background ------------------------------------------------------------------------------------------------------------


def endpoint(region):
    return f"vpce-0{hexadecimal(f'endpoint/{region}', 16)}"


def instance(label):
    return f"i-0{hexadecimal(f'instance/{label}', 16)}"


def bg_agent(log, when, pick):
    node = instance(f"{log.account}/{log.region}/{pick.randrange(2)}")
    who = role("web-node", node, key("ASIA", f"{log.account}/{node}"), earlier(when, 2100), log.account, ec2RoleDelivery="2.0")
    source = (NAT, "aws-sdk-go/1.55.5 (go1.23.6; linux; amd64) amazon-ssm-agent/3.3.2299.0")
    request = {"instanceId": node, "agentVersion": "3.3.2299.0", "agentStatus": "Active", "platformType": "Linux"}
    log.add(when, "ssm:UpdateInstanceInformation", who, source, request)


def bg_function(log, when, pick):
    name = pick.choice(("order-intake", "image-resize", "invoice-mail"))
    who = role(f"{name}-function", name, key("ASIA", f"{log.account}/{log.region}/{name}"), earlier(when, 600), log.account)
    stream = f"{when[:10].replace('-', '/')}/[$LATEST]{hexadecimal(f'{log.scope}/{len(log.records)}', 32)}"
    source = (NAT, "awslambda-worker/1.0 rusoto/0.48.0 rust/1.81.0 linux")
    request = {"logGroupName": f"/aws/lambda/{name}", "logStreamName": stream}
    log.add(when, "logs:CreateLogStream", who, source, request, api="20140328")


def bg_config(log, when, pick):
    call = pick.choice(("ec2:DescribeVpcs", "ec2:DescribeSecurityGroups", "lambda:ListFunctions20150331", "rds:DescribeDBInstances"))
    service = "config.amazonaws.com"
    access_key = key("ASIA", f"{log.account}/{log.region}/config")
    path = f"aws-service-role/{service}/"
    who = role("AWSServiceRoleForConfig", "configLambdaExecution", access_key, earlier(when, 60), log.account, path, service)
    log.add(when, call, who, by(service))


def bg_deploy(log, when, pick):
    who = user("ci-deploy", key("AKIA", f"{log.account}/ci-deploy"), log.account)
    tagged = {"items": [{"name": "tag:app", "valueSet": {"items": [{"value": "shop"}]}}]}
    group = f"arn:aws:elasticloadbalancing:{log.region}:{log.account}:targetgroup/web/0123456789abcdef"
    call, request = pick.choice(
        (
            ("ecr:GetAuthorizationToken", None),
            ("ecs:DescribeServices", {"cluster": "shop", "services": ["web"]}),
            ("ec2:DescribeInstances", {"instancesSet": {}, "filterSet": tagged}),
            ("elasticloadbalancing:DescribeTargetHealth", {"targetGroupArn": group}),
        )
    )
    log.add(when, call, who, PIPELINE, request)


def bg_console(log, when, pick):
    access_key = key("ASIA", f"{log.scope}/analyst/{len(log.records)}")
    name = "AWSReservedSSO_ReadOnly_8a7b6c5d4e3f2a1b"
    who = role(name, "analyst@example.com", access_key, earlier(when, 1800), log.account, SSO)
    call = pick.choice(("cloudwatch:DescribeAlarms", "ec2:DescribeVolumes", "rds:DescribeDBClusters"))
    log.add(when, call, who, DESK, console=True)


def kms_key(log):
    return f"arn:aws:kms:{log.region}:{log.account}:key/{guid(f'kms/{log.account}/{log.region}')}"


def bg_key(log, when, pick):
    queue = f"arn:aws:sqs:{log.region}:{log.account}:{pick.choice(('orders', 'orders-dead'))}"
    service, arn = "sqs.amazonaws.com", kms_key(log)
    request = {"keySpec": "AES_256", "keyId": arn, "encryptionContext": {"aws:sqs:arn": queue}}
    shared = f"{log.scope}/shared/{len(log.records)}"
    log.add(
        when,
        "kms:GenerateDataKey",
        service_identity(service),
        by(service),
        request,
        resources=resource(log.account, "KMS::Key", arn),
        shared=shared,
    )


def bg_bucket(log, when, pick):
    bucket = f"example-{pick.choice(('assets', 'exports', 'backups'))}-{log.region}"
    log.add(
        when,
        "s3:GetBucketAcl",
        service_identity("cloudtrail.amazonaws.com"),
        by("cloudtrail.amazonaws.com"),
        {"bucketName": bucket, "Host": f"{bucket}.s3.{log.region}.amazonaws.com", "acl": ""},
        extra=s3_extra(f"{log.scope}/{len(log.records)}", 508),
        resources=resource(log.account, "S3::Bucket", f"arn:aws:s3:::{bucket}"),
        version="1.10",
    )


def bg_rotation(log, when, _):
    """A service event: its identity has no type."""
    arn = kms_key(log)
    log.add(
        when,
        "kms:RotateKey",
        {"accountId": log.account, "invokedBy": "AWS Internal"},
        by("AWS Internal"),
        kind="AwsServiceEvent",
        details={"keyId": arn.rsplit("/", 1)[1]},
        resources=resource(log.account, "KMS::Key", arn),
        version="1.08",
    )


def bg_denied(log, when, _):
    who = user("report-export", key("AKIA", f"{log.account}/report-export"), log.account)
    call = "dynamodb:DescribeTable"
    message = (
        f"User: {who['arn']} is not authorized to perform: {call} on resource: arn:aws:dynamodb:{log.region}:{log.account}:table/orders "
        f"because no identity-based policy allows the {call} action"
    )
    log.add(when, call, who, SCRIPT, error="AccessDenied", message=message, api="2012-08-10", vpc_endpoint=endpoint(log.region))


def bg_assume(log, when, pick):
    service, name = pick.choice((("ec2", "web-node"), ("lambda", "order-intake-function"), ("ecs-tasks", "web-task")))
    arn = f"arn:aws:iam::{log.account}:role/{name}"
    label = f"{log.scope}/assumed/{len(log.records)}"
    session_name = instance(label) if service == "ec2" else name
    log.add(
        when,
        "sts:AssumeRole",
        service_identity(f"{service}.amazonaws.com"),
        by(f"{service}.amazonaws.com"),
        {"roleArn": arn, "roleSessionName": session_name},
        assumed(log.account, name, session_name, key("ASIA", label), when, 21600),
        resources=resource(log.account, "IAM::Role", arn),
        shared=label,
    )


def bg_web_identity(log, when, _):
    provider = f"arn:aws:iam::{log.account}:oidc-provider/oidc.example.com"
    arn = f"arn:aws:iam::{log.account}:role/deploy"
    subject = "project:shop:ref:main"
    who = {
        "type": "WebIdentityUser",
        "principalId": f"oidc.example.com:sts.amazonaws.com:{subject}",
        "userName": subject,
        "identityProvider": provider,
    }
    answer = assumed(log.account, "deploy", "deploy-4711", key("ASIA", f"{log.scope}/web/{len(log.records)}"), when, 3600)
    answer |= {"subjectFromWebIdentityToken": subject, "provider": provider, "audience": "sts.amazonaws.com"}
    request = {"roleArn": arn, "roleSessionName": "deploy-4711", "durationSeconds": 3600}
    log.add(when, "sts:AssumeRoleWithWebIdentity", who, PIPELINE, request, answer, resources=resource(log.account, "IAM::Role", arn))


def bg_vendor(log, when, _):
    """Another account assumes a role."""
    name = "monitoring-vendor"
    arn = f"arn:aws:iam::{log.account}:role/{name}"
    label = f"{log.scope}/vendor/{len(log.records)}"
    who = {"type": "AWSAccount", "principalId": f"{principal('AROA', 'vendor')}:poller", "accountId": VENDOR}
    request = {"roleArn": arn, "roleSessionName": "poller", "externalId": "example-external-id"}
    answer = assumed(log.account, name, "poller", key("ASIA", label), when, 3600)
    log.add(when, "sts:AssumeRole", who, MONITOR, request, answer, resources=resource(log.account, "IAM::Role", arn), shared=label)


def bg_iam_read(log, when, _):
    who = role("monitoring-vendor", "poller", key("ASIA", f"{log.account}/vendor"), earlier(when, 240), log.account)
    log.add(when, "iam:ListRoles", who, MONITOR, {"maxItems": 100})


COMMON = (bg_agent, bg_function, bg_config, bg_deploy, bg_key)
REGIONAL = COMMON + COMMON + (bg_console, bg_bucket, bg_denied, bg_rotation)
GLOBAL = (bg_assume, bg_web_identity, bg_vendor, bg_iam_read)


def background(log, until, count, minutes=6):
    """Everyday events before `until`; global services only in us-east-1."""
    pick = random.Random(log.scope)
    kinds = REGIONAL + (GLOBAL if log.region == HOME else ())
    for _ in range(count):
        pick.choice(kinds)(log, earlier(until, pick.randrange(60, minutes * 60)), pick)


# --- takeover/ -------------------------------------------------------------------------------------------------------------

SIGNED_IN = at("02:09:37")
NEW_USER = "svc-backup"
ROOT_KEY = key("AKIA", "takeover/root")
BACKUP_KEY = key("AKIA", "takeover/svc-backup")
GRANTED = at("05:00:41")
GRANT_KEY = key("ASIA", "takeover/granted")
MFA_DEVICE = f"arn:aws:iam::{WORKLOAD}:mfa/authenticator-2"


def console(part):
    """Root in the attacker's console session; each part of the console has a key of its own."""
    return root(key("ASIA", f"takeover/console/{part}"), SIGNED_IN)


def attack(log, clock, call, part, request=None, response=None, **more):
    who = more.pop("identity", None) or console(part)
    return log.add(at(clock), call, who, INTRUDER, request, response, console=True, **more)


def launch(label, kind, count, image):
    return {
        "instancesSet": {"items": [{"imageId": image, "minCount": count, "maxCount": count}]},
        "instanceType": kind,
        "blockDeviceMapping": {},
        "monitoring": {"enabled": False},
        "disableApiTermination": True,
        "disableApiStop": False,
        "clientToken": guid(f"{label}/client"),
        "ebsOptimized": False,
        "userData": "<sensitiveDataRemoved>",
    }


def launched(label, kind, count, image, region):
    def node(number):
        return {
            "instanceId": instance(f"{label}/{number}"),
            "imageId": image,
            "instanceState": {"code": 0, "name": "pending"},
            "instanceType": kind,
            "placement": {"availabilityZone": f"{region}a", "tenancy": "default"},
            "monitoring": {"state": "disabled"},
        }

    return {
        "requestId": guid(f"{label}/answer"),
        "reservationId": f"r-0{hexadecimal(label, 16)}",
        "ownerId": WORKLOAD,
        "groupSet": {},
        "instancesSet": {"items": [node(number) for number in range(count)]},
    }


def noise(log, clock, service="autoscaling", call="ec2:DescribeInstances"):
    """A service acting in root's name with nobody behind it."""
    source = f"{service}.amazonaws.com"
    request = {"instancesSet": {"items": [{"instanceId": instance(f"{log.region}/scaled")}]}, "filterSet": {}}
    log.add(at(clock), call, root(service=source), by(source), request)


class Bucket:
    """The organisation trail's bucket."""

    def __init__(self):
        self.logs = []

    def log(self, delivered, account=WORKLOAD, region=HOME, day="20260314", copy=0):
        name = f"{account}_CloudTrail_{region}_{day}T{delivered}Z"
        log = Log(f"takeover/{name}", account, region)
        unique = letters(f"{name}/{copy}", 16, BASE62)
        log.key = f"AWSLogs/{ORGANISATION}/{account}/CloudTrail/{region}/{day[:4]}/{day[4:6]}/{day[6:]}/{name}_{unique}.json.gz"
        log.is_copy = False
        log.delivered = stamp(datetime.strptime(day + delivered, "%Y%m%d%H%M").replace(tzinfo=timezone.utc))
        self.logs.append(log)
        return log

    def again(self, log):
        """Delivers the same records once more, under another name."""
        name = log.key.rsplit("/", 1)[1]
        _, _, region, time, _ = name.split("_")
        copy = self.log(time[9:13], log.account, region, time[:8], copy=1)
        copy.records = log.records
        copy.is_copy = True

    def write(self):
        for log in self.logs:
            if not log.is_copy:
                background(log, log.delivered, 9 if log.region == HOME else 7)
                # Files are not in the order of time.
                random.Random(f"order/{log.scope}").shuffle(log.records)
        for log in self.logs:
            write(f"takeover/{log.key}", gzip(log.text()))


def takeover():
    bucket = Bucket()
    day_before(bucket)

    # Night of the 14th: everyday events, and one of the services that work in root's name.
    noise(bucket.log("0155"), "01:51:20")
    bucket.log("0205", MANAGEMENT)
    bucket.log("0200", MANAGEMENT, DUBLIN)
    bucket.log("0240", MANAGEMENT, SYDNEY)
    bucket.log("0200", region=DUBLIN)

    getting_in(bucket.log("0210"))
    looking_around(bucket)
    staying_in(bucket.log("0220"))
    blinding(bucket)
    second_factor(bucket.log("0235"))
    spending(bucket)
    through_a_service(bucket.log("0255", region=SYDNEY))
    with_the_key(bucket)
    as_the_new_user(bucket.log("0350"))
    response(bucket)

    # Midnight: delivered under the next day.
    bucket.log("0002", day="20260315")

    bucket.write()
    write_digest(bucket, "03")


def day_before(bucket):
    """Root of the management account, as planned and with MFA."""
    log = bucket.log("1005", MANAGEMENT, HOME, "20260313")
    day, alias, hidden = "2026-03-13", "example-management", "HIDDEN_DUE_TO_SECURITY_REASONS"
    start = at("09:56:14", day)
    log.sign_in(start, DESK, mfa=f"arn:aws:iam::{MANAGEMENT}:mfa/break-glass-safe-1", name=alias)
    who = root(key("ASIA", "break-glass/account"), start, True, MANAGEMENT, alias)
    log.add(at("09:57:03", day), "account:GetContactInformation", who, DESK, console=True)
    log.add(at("09:58:40", day), "account:PutContactInformation", who, DESK, {"contactInformation": hidden}, console=True)
    contact = {"alternateContactType": "BILLING", "name": hidden, "title": hidden, "emailAddress": hidden, "phoneNumber": hidden}
    log.add(at("09:59:22", day), "account:PutAlternateContact", who, DESK, contact, console=True)
    # The billing console uses a key of its own and no session.
    who = root(key("ASIA", "break-glass/billing"), account=MANAGEMENT, name=alias)
    call, request = "billingconsole:GetBillsForBillingPeriod", {"billingPeriod": "2026-02"}
    log.add(at("10:01:10", day), call, who, DESK, request, kind="AwsConsoleAction", version="1.08")


def getting_in(log):
    log.signin(at("02:03:12"), "PasswordRecoveryRequested", INTRUDER, root(""))
    log.signin(at("02:06:49"), "PasswordRecoveryCompleted", INTRUDER, root(""))
    log.sign_in(at("02:08:30"), INTRUDER, "Failed authentication")
    log.sign_in(at("02:08:58"), INTRUDER, "Failed authentication")
    log.sign_in(SIGNED_IN, INTRUDER)


def looking_around(bucket):
    log = bucket.log("0215")
    served = {"RequestDetails": {"endpointType": "regional", "awsServingRegion": HOME}}
    attack(log, "02:10:02", "sts:GetCallerIdentity", "home", extra=served)
    attack(log, "02:10:40", "iam:GetAccountSummary", "iam")
    attack(log, "02:10:41", "iam:ListUsers", "iam", {"maxItems": 1000})
    attack(log, "02:10:55", "iam:ListAccessKeys", "iam")
    log.list_buckets(at("02:11:30"), console("s3"), INTRUDER, console=True)
    assets = f"example-assets-{HOME}"
    attack(
        log,
        "02:11:48",
        "s3:GetBucketPolicy",
        "s3",
        {"bucketName": assets, "Host": f"{assets}.s3.us-east-1.amazonaws.com", "policy": ""},
        error="NoSuchBucketPolicy",
        message="The bucket policy does not exist",
        extra=s3_extra("takeover/policy", 327),
        resources=resource(WORKLOAD, "S3::Bucket", f"arn:aws:s3:::{assets}"),
    )
    listing = {"maxResults": 1000, "instancesSet": {}, "filterSet": {}}
    attack(log, "02:12:05", "ec2:DescribeInstances", "ec2/us", listing)
    attack(bucket.log("0215", region=DUBLIN), "02:12:31", "ec2:DescribeInstances", "ec2/eu", listing)
    attack(bucket.log("0215", region=SYDNEY), "02:12:44", "ec2:DescribeInstances", "ec2/ap", listing)


def staying_in(log):
    of_user = {"userName": NEW_USER}
    made = {
        "path": "/",
        "userName": NEW_USER,
        "userId": principal("AIDA", f"{WORKLOAD}/{NEW_USER}"),
        "arn": f"arn:aws:iam::{WORKLOAD}:user/{NEW_USER}",
        "createDate": locale_time(at("02:16:10")),
    }
    attack(log, "02:16:10", "iam:CreateUser", "iam", of_user, {"user": made})
    policy = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    attack(log, "02:16:42", "iam:AttachUserPolicy", "iam", of_user | policy)

    def made_key(access_key, clock):
        return {"accessKeyId": access_key, "status": "Active", "createDate": locale_time(at(clock))}

    attack(log, "02:17:05", "iam:CreateAccessKey", "iam", of_user, {"accessKey": of_user | made_key(BACKUP_KEY, "02:17:05")})
    profile = of_user | {"createDate": locale_time(at("02:17:51")), "passwordResetRequired": False}
    attack(log, "02:17:51", "iam:CreateLoginProfile", "iam", of_user | {"passwordResetRequired": False}, {"loginProfile": profile})
    # A key for root itself: no user is named.
    attack(log, "02:19:20", "iam:CreateAccessKey", "iam", None, {"accessKey": made_key(ROOT_KEY, "02:19:20")})


def blinding(bucket):
    """The account's own trail stops; the organisation's goes on, which is why there is a record of it."""
    log = bucket.log("0230")
    trail = {"name": f"arn:aws:cloudtrail:{HOME}:{WORKLOAD}:trail/account-trail"}
    attack(log, "02:24:08", "cloudtrail:StopLogging", "trail", trail)
    bucket.again(log)
    for region, flow_clock, detector_clock in ((DUBLIN, "02:25:33", "02:27:40"), (SYDNEY, "02:26:01", "02:27:14")):
        log = bucket.log("0230", region=region)
        request = {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": f"fl-0{hexadecimal(f'flow/{region}', 16)}"}}}
        answer = {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "requestId": guid(f"{region}/flow"), "unsuccessful": ""}
        attack(log, flow_clock, "ec2:DeleteFlowLogs", f"ec2/{region}", request, {"DeleteFlowLogsResponse": answer})
        detector = {"detectorId": hexadecimal(f"detector/{region}", 32), "enable": False}
        attack(log, detector_clock, "guardduty:UpdateDetector", f"guardduty/{region}", detector)


def second_factor(log):
    """MFA of the attacker's own."""
    who = console("iam") | {"userName": "AWS ROOT USER"}
    request, answer = {"virtualMFADeviceName": "authenticator-2", "path": "/"}, {"virtualMFADevice": {"serialNumber": MFA_DEVICE}}
    attack(log, "02:31:02", "iam:CreateVirtualMFADevice", "iam", request, answer, identity=who)
    request = {"userName": "AWS ROOT USER", "serialNumber": MFA_DEVICE}
    attack(log, "02:32:15", "iam:EnableMFADevice", "iam", request, identity=who)


def spending(bucket):
    log = bucket.log("0245", region=SYDNEY)
    run, large, image = "ec2:RunInstances", "p4d.24xlarge", f"ami-0{hexadecimal('image/ap', 16)}"
    label = "takeover/run/1"
    attack(log, "02:41:20", run, "ec2/ap", launch(label, large, 2, image), launched(label, large, 2, image, SYDNEY))
    message = (
        "You have requested more instances (18) than your current instance limit of 2 allows for the specified instance type. "
        "Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
    )
    request = launch("takeover/run/2", large, 16, image)
    attack(log, "02:42:03", run, "ec2/ap", request, error="Client.InstanceLimitExceeded", message=message)

    log = bucket.log("0250", region=DUBLIN)
    image = f"ami-0{hexadecimal('image/eu', 16)}"
    message = (
        f"You are not authorized to perform this operation. User: arn:aws:iam::{WORKLOAD}:root is not authorized to perform: {run} on "
        f"resource: arn:aws:ec2:{DUBLIN}:{WORKLOAD}:instance/* with an explicit deny in a service control policy. "
        "Encoded authorization failure message: " + letters("failure", 40, BASE62) + "EXAMPLE"
    )
    request = launch("takeover/run/3", large, 4, image)
    attack(log, "02:43:30", run, "ec2/eu", request, error="Client.UnauthorizedOperation", message=message)
    label, smaller = "takeover/run/4", "g5.48xlarge"
    attack(log, "02:44:12", run, "ec2/eu", launch(label, smaller, 1, image), launched(label, smaller, 1, image, DUBLIN))


def through_a_service(log):
    """The calls that CloudFormation makes in the attacker's session."""
    request = {
        "stackName": "render",
        "disableRollback": True,
        "templateURL": "https://example-render.s3.us-east-1.amazonaws.com/render.yaml",
    }
    stack = f"arn:aws:cloudformation:{SYDNEY}:{WORKLOAD}:stack/render/{guid('stack')}"
    attack(log, "02:48:10", "cloudformation:CreateStack", "cloudformation", request, {"stackId": stack})
    service = "cloudformation.amazonaws.com"
    who = console("cloudformation") | {"invokedBy": service}
    group = f"sg-0{hexadecimal('group', 16)}"
    request = {"groupName": "render-nodes", "groupDescription": "render", "vpcId": f"vpc-0{hexadecimal('vpc', 16)}"}
    answer = {"requestId": guid("group/answer"), "_return": True, "groupId": group}
    log.add(at("02:48:16"), "ec2:CreateSecurityGroup", who, by(service), request, answer)
    data = {"InstanceType": "g5.12xlarge", "SecurityGroupId": [{"tag": 1, "content": group}]}
    request = {"CreateLaunchTemplateRequest": {"LaunchTemplateName": "render", "LaunchTemplateData": data}}
    log.add(at("02:48:29"), "ec2:CreateLaunchTemplate", who, by(service), request)


def with_the_key(bucket):
    """The long-term key of root, from other addresses."""
    who = root(ROOT_KEY)
    log = bucket.log("0320")
    noise(log, "03:16:05", "elasticloadbalancing")
    log.add(at("03:12:40"), "sts:GetCallerIdentity", who, INTRUDER_SCRIPT)
    log.list_buckets(at("03:12:44"), who, INTRUDER_SCRIPT)
    log = bucket.log("0320", region=DUBLIN)
    noise(log, "03:14:31")
    log.add(at("03:13:20"), "secretsmanager:ListSecrets", who, INTRUDER_SCRIPT, {"maxResults": 100})
    secret = {"secretId": f"arn:aws:secretsmanager:{DUBLIN}:{WORKLOAD}:secret:shop/database-Ab1Cd2"}
    log.add(at("03:13:31"), "secretsmanager:GetSecretValue", who, (ATTACKER_IPV6, BOTO3), secret)


def as_the_new_user(log):
    """No root any more, but root's doing."""
    who = user(NEW_USER, BACKUP_KEY)
    log.add(at("03:40:22"), "sts:GetCallerIdentity", who, INTRUDER_SCRIPT)
    log.add(at("03:40:31"), "iam:ListRoles", who, INTRUDER_SCRIPT)
    volume = {"volumeId": f"vol-0{hexadecimal('volume', 16)}"}
    answer = volume | {"requestId": guid("snapshot"), "snapshotId": f"snap-0{hexadecimal('snapshot', 16)}", "status": "pending"}
    log.add(at("03:42:07"), "ec2:CreateSnapshot", who, INTRUDER_SCRIPT, volume | {"description": "nightly"}, answer)


def response(bucket):
    """Management opens a root session in the workload account and takes root's credentials away."""
    log = bucket.log("0505", MANAGEMENT)
    log.add(at("04:58:19"), "organizations:DescribeAccount", responder(), cli("organizations.describe-account"), {"accountId": WORKLOAD})
    log.assume_root(GRANTED, GRANT_KEY)
    log = bucket.log("0510")
    who = root(GRANT_KEY, GRANTED)
    log.add(at("05:01:12"), "iam:ListAccessKeys", who, cli("iam.list-access-keys"))
    log.add(at("05:01:40"), "iam:DeleteLoginProfile", who, cli("iam.delete-login-profile"))
    log.add(at("05:02:05"), "iam:DeactivateMFADevice", who, cli("iam.deactivate-mfa-device"), {"serialNumber": MFA_DEVICE})
    log.add(at("05:02:31"), "iam:DeleteAccessKey", who, cli("iam.delete-access-key"), {"accessKeyId": ROOT_KEY})
    who = role("OrganizationAccountAccessRole", "responder", key("ASIA", "cleaner"), at("05:04:50"))
    request = {"userName": NEW_USER, "accessKeyId": BACKUP_KEY, "status": "Inactive"}
    log.add(at("05:05:44"), "iam:UpdateAccessKey", who, cli("iam.update-access-key"), request)
    log.add(at("05:06:02"), "iam:DeleteLoginProfile", who, cli("iam.delete-login-profile"), {"userName": NEW_USER})


def write_digest(bucket, hour):
    """The digest of the workload account's us-east-1 logs delivered in the hour before `hour`. Nobody signed it."""
    end = at(f"{hour}:00:00")
    start = earlier(end, 3600)
    files = []
    for log in sorted(bucket.logs, key=lambda log: log.key):
        if log.account == WORKLOAD and log.region == HOME and start <= log.delivered < end:
            times = [record["eventTime"] for record in log.records]
            files.append(
                {
                    "s3Bucket": BUCKET,
                    "s3Object": log.key,
                    "hashValue": hashlib.sha256(log.text().encode()).hexdigest(),
                    "hashAlgorithm": "SHA-256",
                    "newestEventTime": max(times),
                    "oldestEventTime": min(times),
                }
            )

    def place(when):
        name = f"{WORKLOAD}_CloudTrail-Digest_{HOME}_org-trail_{HOME}_{when.replace('-', '').replace(':', '')}.json.gz"
        return f"AWSLogs/{ORGANISATION}/{WORKLOAD}/CloudTrail-Digest/{HOME}/{when[:10].replace('-', '/')}/{name}"

    write(f"takeover/{place(end)}", gzip(one_line(digest_of(place(end), place(start), start, end, files))))


def digest_of(here, previous, start, end, files):
    return {
        "awsAccountId": WORKLOAD,
        "digestStartTime": start,
        "digestEndTime": end,
        "digestS3Bucket": BUCKET,
        "digestS3Object": here,
        "digestPublicKeyFingerprint": hexadecimal("fingerprint", 32),
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": max((file["newestEventTime"] for file in files), default=None),
        "oldestEventTime": min((file["oldestEventTime"] for file in files), default=None),
        "previousDigestS3Bucket": BUCKET,
        "previousDigestS3Object": previous,
        "previousDigestHashValue": digest(f"previous/{start}").hex(),
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": "".join(digest(f"signature/{start}/{part}").hex() for part in range(8)),
        "logFiles": files,
    }


# --- forms/ ----------------------------------------------------------------------------------------------------------------


def small(scope, others=1):
    """A sign-in of root, a call of root, and a few of others; ids are those of the scope."""
    log = Log(scope)
    log.sign_in(SIGNED_IN, INTRUDER)
    by_key = root(key("AKIA", f"{scope}/root"))
    log.add(at("02:20:00"), "iam:ListUsers", by_key, INTRUDER_SCRIPT, None)
    background(log, at("02:24:00"), others)
    return log.records


def lookup(record):
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "AccessKeyId": record["userIdentity"].get("accessKeyId", ""),
        "EventTime": record["eventTime"].replace("Z", "+00:00"),
        "EventSource": record["eventSource"],
        "Username": "root" if record["userIdentity"].get("type") == "Root" else record["userIdentity"].get("userName", "ci-deploy"),
        "Resources": [],
        "CloudTrailEvent": one_line(record),
    }


def envelope(record):
    service = record["eventSource"].split(".")[0]
    kind = "AWS Console Sign In via CloudTrail" if record["eventName"] == "ConsoleLogin" else "AWS API Call via CloudTrail"
    return {
        "version": "0",
        "id": guid(f"envelope/{record['eventID']}"),
        "detail-type": kind,
        "source": f"aws.{service}",
        "account": WORKLOAD,
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def subscription(scope, records, kind="DATA_MESSAGE"):
    events = [
        {"id": letters(f"{scope}/{number}", 56, "0123456789"), "timestamp": 1773454500000 + 1000 * number, "message": one_line(record)}
        for number, record in enumerate(records)
    ]
    if kind == "CONTROL_MESSAGE":
        message = "CWL CONTROL MESSAGE: Checking health of destination Firehose."
        events = [{"id": "", "timestamp": 1773454400000, "message": message}]
    return one_line(
        {
            "messageType": kind,
            "owner": WORKLOAD if kind == "DATA_MESSAGE" else "CloudwatchLogs",
            "logGroup": "org-trail" if kind == "DATA_MESSAGE" else "",
            "logStream": f"{ORGANISATION}_{WORKLOAD}_CloudTrail_{HOME}" if kind == "DATA_MESSAGE" else "",
            "subscriptionFilters": ["to-firehose"] if kind == "DATA_MESSAGE" else [],
            "logEvents": events,
        }
    )


def two_logs(scope):
    """What an archive holds: a log as delivered, and one that somebody inflated and laid out."""
    name = f"{WORKLOAD}_CloudTrail_{HOME}_20260314T0215Z_{letters(scope, 16, BASE62)}.json.gz"
    delivered = f"AWSLogs/{WORKLOAD}/CloudTrail/{HOME}/2026/03/14/{name}"
    return [
        (delivered, gzip(records_text(small(f"{scope}/delivered", 2)))),
        ("copied/us-east-1.json", json.dumps({"Records": small(f"{scope}/copied")}, indent=2).encode()),
    ]


def table(header, rows):
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(header)
    lines.writerows(rows)
    return out.getvalue()


def user_name(record):
    identity = record["userIdentity"]
    return "root" if identity.get("type") == "Root" else identity.get("userName") or identity.get("arn", "").rpartition("/")[2]


def forms():
    def form(name, build, others=1):
        data = build(small(f"forms/{name}", others))
        write(f"forms/{name}", data)

    def pretty(records):
        return json.dumps({"Records": records}, indent=2) + "\n"

    form("records.json.gz", lambda records: gzip(records_text(records)), 2)
    form("records.json", pretty)
    form("bom.json", lambda records: b"\xef\xbb\xbf" + records_text(records).encode())
    form("utf16.json", lambda records: b"\xff\xfe" + pretty(records).replace("\n", "\r\n").encode("utf-16-le"))
    form("record.json", lambda records: json.dumps(records[0], indent=2) + "\n")
    form("array.json", lambda records: json.dumps(records, indent=2) + "\n")
    form("lines.ndjson", lambda records: "".join(one_line(record) + "\n" for record in records))
    form("concatenated.json", lambda records: "".join(one_line(record) for record in records))
    form(
        "lookup-events.json",
        lambda records: json.dumps({"Events": [lookup(record) for record in records], "NextToken": token("lookup")}, indent=4) + "\n",
    )
    form("lookup-events.jsonl", lambda records: "".join(json.dumps(lookup(record)) + "\n" for record in records))
    form("eventbridge.json", lambda records: "".join(one_line(envelope(record)) + "\n" for record in records))
    form("cloudwatch-subscription.json", lambda records: subscription("forms/subscription", records))
    form(
        "cloudwatch-subscription.gz",
        lambda records: (
            gzip(subscription("", [], "CONTROL_MESSAGE"))
            + gzip(subscription("forms/firehose/1", records[:1]))
            + gzip(subscription("forms/firehose/2", records[1:]))
        ),
    )
    form(
        "cloudwatch-export.gz",
        lambda records: gzip("".join(f"{at(f'02:1{number}:00')[:-1]}.000Z {one_line(record)}\n" for number, record in enumerate(records))),
    )
    write("forms/evidence.tar", tar(two_logs("forms/evidence.tar")))
    write("forms/evidence.tar.gz", gzip(tar(two_logs("forms/evidence.tar.gz"))))
    write("forms/evidence.zip", zipped(two_logs("forms/evidence.zip")))
    new = (
        "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,"
        "Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category"
    )

    def new_row(record):
        return [
            user_name(record),
            record["userIdentity"].get("accessKeyId", ""),
            record["eventTime"],
            record["eventSource"],
            record["eventName"],
            record["awsRegion"],
            record["sourceIPAddress"],
            record["userAgent"],
            record.get("errorCode", ""),
            "[]",
            record.get("requestID", ""),
            record["eventID"],
            str(record["readOnly"]).lower(),
            record["eventType"],
            record["recipientAccountId"],
            record["eventCategory"],
        ]

    form("history-new.csv", lambda records: table(new.split(","), map(new_row, records)), 2)
    old = "Event ID,Event time,User name,Event name,Resource type,Resources,AWS access key,AWS region,Error code,Source IP address"

    def old_row(record):
        local = moment(record["eventTime"]).strftime("%Y-%m-%d, %I:%M:%S %p")
        key_id = record["userIdentity"].get("accessKeyId", "")
        return [
            record["eventID"],
            local,
            user_name(record),
            record["eventName"],
            "",
            "",
            key_id,
            record["awsRegion"],
            record.get("errorCode", ""),
            record["sourceIPAddress"],
        ]

    form("history-old.csv", lambda records: table(old.split(","), map(old_row, records)), 2)
    write("forms/empty-records.json.gz", gzip('{"Records":[]}'))


# --- classes/ --------------------------------------------------------------------------------------------------------------


def classes():
    """One file for each class, and the lookalikes."""
    logs = {}

    def file(name, account=WORKLOAD):
        return logs.setdefault(name, Log(f"classes/{name}", account))

    live = root(key("ASIA", "classes/live"), SIGNED_IN)
    long_term = root(key("AKIA", "classes/root"))

    # Sign-ins of an external directory that failed: type Root and nobody's.
    log = file("artefact.json", OTHER)
    nobody = {"type": "Root", "principalId": OTHER, "arn": "", "accessKeyId": ""}
    portal = {"LoginTo": "https://example.awsapps.com/start", "MobileVersion": "No"}
    for clock, who in (("07:00:01", nobody), ("07:00:09", nobody | {"accountId": "", "userName": ""})):
        log.signin(at(clock), "ExternalIdPDirectoryLogin", DESK, who, "Failure", message="Invalid SAML assertion", extra=portal)

    log = file("attempt.json")
    failed = "Failed authentication"
    log.signin(at("02:03:12"), "PasswordRecoveryRequested", INTRUDER, root(""))
    log.sign_in(at("02:08:30"), INTRUDER, failed)
    log.signin(at("02:08:41"), "CheckMfa", INTRUDER, root(""), "Failure", message=failed, extra={"MfaType": "Virtual MFA"})

    log = file("sign_in.json")
    log.signin(at("02:06:49"), "PasswordRecoveryCompleted", INTRUDER, root(""))
    log.sign_in(SIGNED_IN, INTRUDER)
    log.sign_in(at("09:56:14"), DESK, mfa=f"arn:aws:iam::{WORKLOAD}:mfa/root-account-mfa-device")

    log = file("service.json")
    noise(log, "02:30:00")
    service, name = "elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"
    path = f"/aws-service-role/{service}/"
    made = {"path": path, "roleName": name, "roleId": principal("AROA", "classes/elb"), "arn": f"arn:aws:iam::{WORKLOAD}:role{path}{name}"}
    request = {"aWSServiceName": service}
    log.add(at("02:31:00"), "iam:CreateServiceLinkedRole", root(service=service), by(service), request, {"role": made})
    service, details = "ec2.amazonaws.com", {"instanceIdSet": [instance("classes/spot")]}
    log.add(
        at("02:32:00"), "ec2:BidFulfilledEvent", root(service=service), by(service), kind="AwsServiceEvent", details=details, version="1.08"
    )

    log = file("via_service.json")
    service, request = "cloudformation.amazonaws.com", {"groupName": "render-nodes", "groupDescription": "render"}
    log.add(at("02:48:16"), "ec2:CreateSecurityGroup", live | {"invokedBy": service}, by(service), request)
    service = "AWS Internal"
    log.add(at("02:49:00"), "kms:ListAliases", root(key("ASIA", "classes/flagged"), service=service), by(service), console=True)

    log = file("privileged_session.json")
    granted = key("ASIA", "classes/granted")
    log.assume_root(GRANTED, granted)
    log.add(at("05:01:40"), "iam:DeleteLoginProfile", root(granted, GRANTED), cli("iam.delete-login-profile"))

    # A session that root issued with GetFederationToken.
    log = file("federated.json")
    helper = {
        "type": "FederatedUser",
        "principalId": f"{WORKLOAD}:helper",
        "arn": f"arn:aws:sts::{WORKLOAD}:federated-user/helper",
        "accountId": WORKLOAD,
        "accessKeyId": key("ASIA", "classes/federated"),
        "sessionContext": session(at("03:20:00"), False, root()),
    }
    log.list_buckets(at("03:21:00"), helper, INTRUDER_SCRIPT)
    entry = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"}
    log.signin(at("03:22:00"), "ConsoleLogin", INTRUDER, helper | {"accessKeyId": ""}, extra=entry)

    log = file("direct.json")
    made = {"user": {"path": "/", "userName": NEW_USER}}
    log.add(at("02:16:10"), "iam:CreateUser", live, INTRUDER, {"userName": NEW_USER}, made, console=True)
    log.add(at("03:12:40"), "sts:GetCallerIdentity", long_term, INTRUDER_SCRIPT)
    denied = {"error": "AccessDenied", "message": "You don't have permissions to access this resource."}
    log.add(at("03:12:50"), "organizations:LeaveOrganization", long_term, (ATTACKER_IPV6, BOTO3), **denied)
    federated = {"federatedUserId": helper["principalId"], "arn": helper["arn"]}
    answer = {"credentials": credentials(helper["accessKeyId"], at("03:20:00"), 3600), "federatedUser": federated}
    log.add(at("03:20:00"), "sts:GetFederationToken", long_term, INTRUDER_SCRIPT, {"name": "helper", "durationSeconds": 3600}, answer)
    # As in 2014: no event type, no recipient.
    log.add(at("11:30:00", "2014-06-02"), "iam:ListUsers", root(key("AKIA", "classes/2014")), INTRUDER, version="1.01")
    # A copy that lost the type.
    untyped = {name: value for name, value in long_term.items() if name != "type"}
    log.add(at("03:30:00"), "ec2:DescribeRegions", untyped, INTRUDER_SCRIPT, {"allRegions": True})

    about_root(file("about_root.json", MANAGEMENT))
    lookalikes(file("not_root.json"))

    # Until 2020 the console's calls came like this; there was a person behind them.
    log = file("signin_invoked.json")
    service = "signin.amazonaws.com"
    person = root(key("ASIA", "classes/2018"), at("10:00:00", "2018-05-04"), service=service)
    public = {"add": {"items": [{"group": "all"}]}}
    request = {"imageId": f"ami-0{hexadecimal('image/2018', 16)}", "attributeType": "launchPermission", "launchPermission": public}
    log.add(at("10:05:00", "2018-05-04"), "ec2:ModifyImageAttribute", person, (OFFICE, service), request, {"_return": True}, version="1.05")
    person = root(key("ASIA", "classes/2017"), service=service)
    log.add(at("10:00:00", "2017-02-01"), "iam:ListAccessKeys", person, (OFFICE, service), version="1.05")

    for name, log in logs.items():
        write(f"classes/{name}", log.text())

    # JSON may write any letter as an escape, in values and in keys.
    log = Log("classes/escaped.json")
    made = {"accessKey": {"accessKeyId": ROOT_KEY, "status": "Active"}}
    log.add(at("02:19:20"), "iam:CreateAccessKey", live, INTRUDER, None, made, console=True)
    log.add(at("02:20:40"), "iam:ListUsers", live, INTRUDER, console=True)
    values, keys = (one_line(record) for record in log.records)
    values = (
        values.replace('"Root"', r'"\u0052oot"').replace(":root", r"\u003aroot").replace("CreateAccessKey", r"Create\u0041ccess\u004bey")
    )
    keys = keys.replace('"type":"Root"', r'"t\u0079pe":"R\u006Fot"').replace('"userIdentity"', r'"user\u0049dentity"')
    keys = keys.replace(":root", r":\u0072oot")
    write("classes/escaped.json", f'{{"Records":[{values},{keys}]}}')


def about_root(log):
    """Another principal at work on root's credentials and on central root access."""
    who = responder()
    enabled = {"organizationId": ORGANISATION, "enabledFeatures": ["RootCredentialsManagement"]}
    trusted = {"servicePrincipal": "iam.amazonaws.com"}
    denied = (
        f"User: {who['arn']} is not authorized to perform: sts:AssumeRoot on resource: arn:aws:iam::{WORKLOAD}:root because no "
        "identity-based policy allows the sts:AssumeRoot action"
    )
    log.add(at("04:44:00"), "organizations:EnableAWSServiceAccess", who, cli("organizations.enable-aws-service-access"), trusted)
    command = cli("iam.enable-organizations-root-credentials-management")
    log.add(at("04:45:00"), "iam:EnableOrganizationsRootCredentialsManagement", who, command, None, enabled)
    enabled = {"organizationId": ORGANISATION, "enabledFeatures": ["RootCredentialsManagement", "RootSessions"]}
    command = cli("iam.enable-organizations-root-sessions")
    log.add(at("04:45:30"), "iam:EnableOrganizationsRootSessions", who, command, None, enabled)
    log.add(at("04:46:00"), "iam:ListOrganizationsFeatures", who, cli("iam.list-organizations-features"))
    command = cli("organizations.register-delegated-administrator")
    log.add(at("04:47:00"), "organizations:RegisterDelegatedAdministrator", who, command, trusted | {"accountId": OTHER})
    log.add(at("04:50:00"), "sts:AssumeRoot", who, cli("sts.assume-root"), error="AccessDenied", message=denied)
    request = {"accountId": WORKLOAD, "primaryEmail": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    log.add(
        at("04:55:00"), "account:StartPrimaryEmailUpdate", who, cli("account.start-primary-email-update"), request, {"status": "PENDING"}
    )


def lookalikes(log):
    """None of these is root."""
    called_root = user("root", key("AKIA", "classes/called-root"))
    log.add(at("06:00:00"), "iam:ListUsers", called_root, cli("iam.list-users", RUNNER))
    entry = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"}
    log.signin(at("06:01:00"), "ConsoleLogin", DESK, user("FalsimentisRoot", ""), extra=entry)
    who = role("Root", "root", key("ASIA", "classes/role-root"), at("06:00:00"))
    log.add(at("06:02:00"), "ec2:DescribeInstances", who, SCRIPT, {"instancesSet": {}, "filterSet": {}})
    who = role("deploy", "Root", key("ASIA", "classes/deploy"), at("06:00:00"))
    of_key, arn = {"keyId": guid("classes/key")}, f"arn:aws:iam::{WORKLOAD}:root"
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "kms:*", "Resource": "*"}]}
    log.add(at("06:03:00"), "kms:PutKeyPolicy", who, PIPELINE, of_key | {"policyName": "default", "policy": one_line(policy)})
    request, answer = of_key | {"granteePrincipal": arn, "operations": ["Decrypt"]}, {"grantId": hexadecimal("grant", 64)}
    log.add(at("06:04:00"), "kms:CreateGrant", who, PIPELINE, request, answer)
    bucket = f"example-assets-{HOME}"
    request = {"bucketName": bucket, "Host": f"{bucket}.s3.us-east-1.amazonaws.com", "key": "Root"}
    log.add(at("06:05:00"), "s3:PutObject", who, (RUNNER, f"[{TERRAFORM}]"), request, extra=s3_extra("classes/object", 0), category="Data")
    other = {"servicePrincipal": "guardduty.amazonaws.com"}
    command = cli("organizations.enable-aws-service-access")
    log.add(at("06:06:00"), "organizations:EnableAWSServiceAccess", responder(), command, other, account=MANAGEMENT)
    command, request = cli("organizations.register-delegated-administrator"), other | {"accountId": OTHER}
    log.add(at("06:07:00"), "organizations:RegisterDelegatedAdministrator", responder(), command, request, account=MANAGEMENT)
    request = {"userName": "root", "serialNumber": f"arn:aws:iam::{WORKLOAD}:mfa/root"}
    log.add(at("06:08:00"), "iam:DeactivateMFADevice", called_root, cli("iam.deactivate-mfa-device", RUNNER), request)
    log.add(at("06:09:00"), "organizations:ListRoots", responder(), cli("organizations.list-roots"), account=MANAGEMENT)


# --- damage/ ---------------------------------------------------------------------------------------------------------------


def mixed(scope, before=3, after=3):
    """Everyday records with one of root among them; gives the records and the place of root's."""
    log = Log(f"damage/{scope}")
    background(log, at("02:24:00"), before)
    live = root(key("ASIA", f"damage/{scope}"), SIGNED_IN)
    log.add(
        at("02:16:10"),
        "iam:CreateUser",
        live,
        INTRUDER,
        {"userName": "svc-backup"},
        {"user": {"path": "/", "userName": "svc-backup"}},
        console=True,
    )
    tail = Log(f"damage/{scope}/after")
    background(tail, at("02:30:00"), after)
    return log.records + tail.records, before


def damage():
    def log_text(scope, *sizes):
        return records_text(mixed(scope, *sizes)[0])

    whole = gzip(log_text("truncated", 4, 20))
    write("damage/truncated.json.gz", whole[: len(whole) * 6 // 10])
    write("damage/trailer-cut.json.gz", gzip(log_text("trailer-cut"))[:-5])
    wrong = bytearray(gzip(log_text("checksum")))
    wrong[-8] ^= 0xFF
    write("damage/checksum.json.gz", bytes(wrong))
    forged = Log("damage/forged")
    forged.sign_in(at("02:40:00"), DESK)
    write("damage/second-member.json.gz", gzip(log_text("second-member")) + gzip(forged.text()))
    write("damage/garbage-after.json.gz", gzip(log_text("garbage-after")) + b"\0\0\0\0 not part of the log \xfe\xff")

    # The fourth record of seven is root's; the third loses the quote that closes its user agent.
    records, place = mixed("corrupt")
    parts = [one_line(record) for record in records]
    parts[place - 1] = re.sub(r'("userAgent":"[^"]*)"', r"\1", parts[place - 1], count=1)
    write("damage/corrupt.json", f'{{"Records":[{",".join(parts)}]}}')
    records, place = mixed("missing-comma")
    parts = [one_line(record) for record in records]
    write("damage/missing-comma.json", f'{{"Records":[{",".join(parts[:place])}{",".join(parts[place:])}]}}')
    text = log_text("cut")
    write("damage/cut.json", text[: text.rindex('"eventID"') + 20])
    records, place = mixed("control-bytes")
    parts = [one_line(record).encode() for record in records]
    parts[place] = parts[place].replace(b"Firefox", b"Fire\0\0\0\x01\x1ffox")
    write("damage/control-bytes.json", b'{"Records":[' + b",".join(parts) + b"]}")

    write("damage/empty.json.gz", b"")
    write("damage/not-gzip.json.gz", log_text("not-gzip"))
    write("damage/notes.txt", "02:40 called the account owner, no answer\n03:05 bucket copied\n")
    write("damage/other.json", json.dumps({"name": "shop", "version": "1.4.2", "dependencies": {"left": "^2.0.0"}}, indent=2) + "\n")
    place_of = f"AWSLogs/{ORGANISATION}/{WORKLOAD}/CloudTrail-Digest/{HOME}/2026/03/14/digest.json.gz"
    write("damage/digest.json.gz", gzip(one_line(digest_of(place_of, place_of, at("01:00:00"), at("02:00:00"), []))))

    statistics = {"baseline": {"average": 0.0001}, "insight": {"average": 4.5}, "insightDuration": 4, "baselineDuration": 10077}
    caller = {"value": f"arn:aws:iam::{WORKLOAD}:root", "average": 4.5}
    insight = {
        "eventVersion": "1.11",
        "eventTime": at("02:41:00"),
        "awsRegion": SYDNEY,
        "eventID": guid("damage/insight"),
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": WORKLOAD,
        "sharedEventID": guid("damage/insight/shared"),
        "insightDetails": {
            "state": "Start",
            "eventSource": "ec2.amazonaws.com",
            "eventName": "RunInstances",
            "insightType": "ApiCallRateInsight",
            "insightContext": {
                "statistics": statistics,
                "attributions": [{"attribute": "userIdentityArn", "insight": [caller], "baseline": []}],
            },
        },
        "eventCategory": "Insight",
    }
    write("damage/insight.json.gz", gzip(records_text([insight])))
    log = Log("damage/network-activity")
    record = log.add(
        at("02:50:00"),
        "secretsmanager:GetSecretValue",
        root(key("AKIA", "damage/network")),
        (NAT, BOTO3),
        None,
        None,
        error="VpceAccessDenied",
        message="The request was denied due to a VPC endpoint policy",
        kind="AwsVpceEvents",
        vpc_endpoint=endpoint(HOME),
        category="NetworkActivity",
    )
    record["vpcEndpointAccountId"] = WORKLOAD
    write("damage/network-activity.json.gz", gzip(log.text()))
    aggregated = {
        "eventVersion": "1.0",
        "accountId": WORKLOAD,
        "eventId": guid("damage/aggregated"),
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": HOME,
        "eventSource": "s3.amazonaws.com",
        "timeWindow": {"windowStart": at("02:40:00"), "windowEnd": at("02:45:00"), "windowSize": "PT5M"},
        "summary": {
            "primaryDimension": {
                "dimension": "eventName",
                "statistics": [{"name": "GetObject", "value": 1200}],
                "aggregationType": "Count",
            },
            "details": [
                {
                    "dimension": "userIdentityArn",
                    "statistics": [{"name": f"arn:aws:iam::{WORKLOAD}:root", "value": 1200}],
                    "aggregationType": "Count",
                }
            ],
        },
    }
    write("damage/aggregated.json.gz", gzip(records_text([aggregated])))

    # Without a time, without an id, without both; and an everyday record without a time.
    log = Log("damage/no-ids")
    by_key = root(key("AKIA", "damage/no-ids"))
    for clock, lost in (("02:51:00", ["eventTime"]), ("02:52:00", ["eventID"]), ("02:53:00", ["eventTime", "eventID"])):
        record = log.add(at(clock), "iam:ListUsers", by_key, INTRUDER_SCRIPT, None)
        for field in lost:
            del record[field]
    bg_deploy(log, at("02:54:00"), random.Random("no-ids"))
    del log.records[-1]["eventTime"]
    write("damage/no-ids.json", log.text())

    inner = tar([("logs/us-east-1.json.gz", gzip(log_text("nested")))])
    write("damage/nested.tar", tar([("inner.tar", inner)]))

    # A record that an attacker shaped through the parameters of a request.
    def shaped(scope, parameters):
        records, place = mixed(scope, 1, 1)
        parts = [one_line(record) for record in records]
        parts[place] = parts[place].replace('{"userName":"svc-backup"}', parameters, 1)
        return f'{{"Records":[{",".join(parts)}]}}'

    write("damage/deep.json", shaped("deep", '{"a":' * 2000 + "1" + "}" * 2000))
    number = "1234567890" * 4
    write("damage/surrogate.json", shaped("surrogate", f'{{"userName":"svc-\\ud800backup","size":{number},"far":1e999}}'))

    name = "Beweismittel – Übergabe № 3, 証拠の写し, доказательства, πειστήρια, copie tirée du poste de l'équipe (très long nom).json"
    write(f"damage/{name}", log_text("long-name", 1, 1))


# --- What a review of the takeover is given --------------------------------------------------------------------------------


def review():
    """Approved windows, and what alerting and paging had to say."""
    write("review/break-glass.toml", f"""# Root use that was approved beforehand.
[[window]]
accounts = ["{MANAGEMENT}"]
start = 2026-03-13T09:30:00Z
end = 2026-03-13T11:00:00Z
ticket = "CHG-1042"
approver = "duty manager"
addresses = ["198.51.100.10"]
actions = ["account:*", "billingconsole:Get*"]
mfa = true

[[window]]
accounts = ["{WORKLOAD}"]
start = 2026-03-14T05:00:00Z
end = 2026-03-14T06:00:00Z
ticket = "INC-77"
approver = "incident commander"
addresses = ["198.51.100.0/24"]
actions = ["iam:List*", "iam:Delete*", "iam:Deactivate*"]

[[window]]
accounts = "*"
start = 2026-03-21T08:00:00Z
end = 2026-03-21T10:00:00Z
ticket = "DRILL-3"
""")
    seen = {"accountId": WORKLOAD, "region": "us-east-1", "partition": "aws", "schemaVersion": "2.0", "id": hexadecimal("finding", 32)}
    calls = {"actionType": "AWS_API_CALL", "awsApiCallAction": {"api": "CreateAccessKey", "serviceName": "iam.amazonaws.com",
             "callerType": "Remote IP", "remoteIpDetails": {"ipAddressV4": "203.0.113.66"}}}
    finding = seen | {
        "type": "Policy:IAMUser/RootCredentialUsage", "severity": 2, "createdAt": "2026-03-14T02:14:21.507Z",
        "updatedAt": "2026-03-14T03:20:02.118Z", "title": "The API CreateAccessKey was invoked using root credentials.",
        "resource": {"resourceType": "AccessKey", "accessKeyDetails": {"userName": "Root", "userType": "Root", "principalId": WORKLOAD}},
        "service": {"serviceName": "guardduty", "action": calls, "count": 31, "archived": False,
                    "eventFirstSeen": "2026-03-14T02:10:02.000Z", "eventLastSeen": "2026-03-14T02:48:10.000Z"},
    }
    write("review/guardduty.jsonl", one_line(finding) + "\n")
    incident = {"id": "QROOT1EXAMPLE", "type": "incident_reference", "summary": f"[#812] Root sign-in without MFA in {WORKLOAD}"}

    def entry(kind, when, who):
        agent = {"id": "PDUTY1", "type": "user_reference", "summary": who} if who else {"type": "integration_reference", "summary": "CloudWatch"}
        return {"id": letters(f"log {kind}", 12, "ABCDEFGHJKLMNPQRSTUVWXYZ"), "type": f"{kind}_log_entry", "created_at": when,
                "agent": agent, "incident": incident}

    log = [entry("trigger", "2026-03-14T02:17:40Z", None), entry("acknowledge", "2026-03-14T02:31:05Z", "Duty Engineer"),
           entry("resolve", "2026-03-14T06:10:00Z", "Duty Engineer")]
    write("review/pagerduty-log-entries.json", one_line({"log_entries": log, "limit": 100, "offset": 0, "more": False}))


# --- Everything ------------------------------------------------------------------------------------------------------------

ADDRESSES = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])")
DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")
KEYS = re.compile(r"(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z0-9]*")
ACCOUNTS = re.compile(r"(?<![\w-])\d{12}(?![\w-])")


def plain(data):
    """What the members of a gzip file hold, damaged or not; other bytes as they are."""
    while data.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(-15)
        yield member.decompress(data[10:])
        data = member.unused_data[8:]
    yield data


def check():
    """Whether everything written keeps to invented addresses, keys and accounts."""
    total = 0
    for path in sorted(HERE.rglob("*")):
        if not path.is_file() or path.parent == HERE or path.suffix == ".pyc":
            continue
        data = path.read_bytes()
        total += len(data)
        text = b"".join(plain(data)).decode("utf-8", "replace")
        for address in ADDRESSES.findall(text):
            assert address.startswith(DOCUMENTATION), (path, address)
        for found in KEYS.findall(text):
            assert len(found) == 20 and found.endswith("EXAMPLE"), (path, found)
        for found in ACCOUNTS.findall(text):
            assert found in (WORKLOAD, MANAGEMENT, OTHER, VENDOR), (path, found)
    assert total < 600_000, total
    return total


def main():
    for folder in ("takeover", "forms", "classes", "damage", "review"):
        shutil.rmtree(HERE / folder, ignore_errors=True)
    takeover()
    forms()
    classes()
    damage()
    review()
    print(f"{check()} bytes")


if __name__ == "__main__":
    main()
