//! One made-up record.

use std::fmt::Write as _;

/// What a call looks like: service, name, read-only, request and response. `$h` stands for hexadecimal digits, `$i` for an instance id,
/// `$n` for a number, `$a` for the account, `$r` for the region.
struct Call {
    service: &'static str,
    name: &'static str,
    read_only: bool,
    weight: u32,
    request: &'static str,
    response: &'static str,
}

const CALLS: [Call; 16] = [
    call(
        "ec2",
        "DescribeInstances",
        true,
        12,
        r#"{"maxResults":1000,"instancesSet":{"items":[{"instanceId":"$i"}]},"filterSet":{}}"#,
        "null",
    ),
    call(
        "sts",
        "AssumeRole",
        true,
        14,
        r#"{"roleArn":"arn:aws:iam::$a:role/service-$n","roleSessionName":"session-$h","durationSeconds":3600}"#,
        r#"{"credentials":{"accessKeyId":"$k","sessionToken":"HIDDEN_$h$h","expiration":"Jan 1, 2026, 1:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE$n:session-$h","arn":"arn:aws:sts::$a:assumed-role/service-$n/session-$h"}}"#,
    ),
    call(
        "kms",
        "Decrypt",
        true,
        10,
        r#"{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::data-$n/part-$h"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}"#,
        "null",
    ),
    call("s3", "GetBucketAcl", true, 8, r#"{"bucketName":"data-$n","Host":"data-$n.s3.$r.amazonaws.com","acl":""}"#, "null"),
    call(
        "logs",
        "CreateLogStream",
        false,
        7,
        r#"{"logGroupName":"/aws/lambda/worker-$n","logStreamName":"2026/01/01/[$LATEST]$h$h"}"#,
        "null",
    ),
    call("dynamodb", "DescribeTable", true, 6, r#"{"tableName":"orders-$n"}"#, "null"),
    call(
        "ssm",
        "UpdateInstanceInformation",
        false,
        6,
        r#"{"instanceId":"$i","agentVersion":"3.3.$n.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.0.1","computerName":"ip-$h.internal"}"#,
        "null",
    ),
    call(
        "ecr",
        "BatchGetImage",
        true,
        5,
        r#"{"registryId":"$a","repositoryName":"team/app-$n","imageIds":[{"imageDigest":"sha256:$h$h$h$h"}],"acceptedMediaTypes":["application/vnd.docker.distribution.manifest.v2+json"]}"#,
        "null",
    ),
    call(
        "elasticloadbalancing",
        "DescribeTargetHealth",
        true,
        5,
        r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:$r:$a:targetgroup/tg-$n/$h"}"#,
        "null",
    ),
    call("autoscaling", "DescribeAutoScalingGroups", true, 5, r#"{"autoScalingGroupNames":["asg-$n"],"maxRecords":100}"#, "null"),
    call("iam", "GetRole", true, 4, r#"{"roleName":"service-$n"}"#, "null"),
    call("iam", "ListAttachedRolePolicies", true, 3, r#"{"roleName":"service-$n","maxItems":100}"#, "null"),
    call("lambda", "ListFunctions20150331", true, 3, r#"{"maxItems":50,"marker":"$h"}"#, "null"),
    call(
        "sqs",
        "GetQueueAttributes",
        true,
        3,
        r#"{"queueUrl":"https://sqs.$r.amazonaws.com/$a/queue-$n","attributeNames":["All"]}"#,
        "null",
    ),
    call(
        "s3",
        "PutObject",
        false,
        6,
        r#"{"bucketName":"data-$n","Host":"data-$n.s3.$r.amazonaws.com","key":"exports/2026/$h.json","x-amz-server-side-encryption":"aws:kms"}"#,
        r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:$r:$a:key/$h"}"#,
    ),
    call(
        "ec2",
        "CreateTags",
        false,
        3,
        r#"{"resourcesSet":{"items":[{"resourceId":"$i"}]},"tagSet":{"items":[{"key":"Name","value":"node \"$n\" {blue}"},{"key":"owner","value":"team-$n"}]}}"#,
        r#"{"requestId":"$h","_return":true}"#,
    ),
];

const fn call(
    service: &'static str,
    name: &'static str,
    read_only: bool,
    weight: u32,
    request: &'static str,
    response: &'static str,
) -> Call {
    Call { service, name, read_only, weight, request, response }
}

/// What root is made to do.
const ROOT_CALLS: [Call; 5] = [
    call(
        "health",
        "DescribeEventAggregates",
        true,
        1,
        r#"{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"]}}"#,
        "null",
    ),
    call(
        "ec2",
        "DescribeAccountAttributes",
        true,
        1,
        r#"{"accountAttributeNameSet":{"items":[{"attributeName":"supported-platforms"}]},"filterSet":{}}"#,
        "null",
    ),
    call("s3", "ListBuckets", true, 1, r#"{"Host":"s3.amazonaws.com"}"#, "null"),
    call(
        "iam",
        "CreateUser",
        false,
        1,
        r#"{"userName":"user-$n","tags":[]}"#,
        r#"{"user":{"path":"/","userName":"user-$n","userId":"AIDA$h","arn":"arn:aws:iam::$a:user/user-$n"}}"#,
    ),
    call("iam", "GetAccountSummary", true, 1, "null", "null"),
];

const AGENTS: [&str; 6] = [
    "Boto3/1.40.1 md/Botocore#1.40.1 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.13.1",
    "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.24.1 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.203.1",
    "[aws-sdk-java/2.31.9 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.6]",
    "aws-cli/2.25.6 md/awscrt#0.23.8 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.12.9",
    "AWS Internal",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/134.0.0.0 Safari/537.36",
];

/// Writes one record.
pub(super) struct Writer<'w> {
    pub out: &'w mut String,
    pub random: &'w mut fastrand::Rng,
    pub account: &'w str,
    pub region: &'static str,
    /// Event time, seconds since 1970.
    pub at: i64,
}

impl Writer<'_> {
    pub(super) fn record(&mut self, root: bool) {
        let calls: &[Call] = if root { &ROOT_CALLS } else { &CALLS };
        let total: u32 = calls.iter().map(|call| call.weight).sum();
        let mut draw = self.random.u32(..total);
        let call = calls.iter().find(|call| {
            let hit = draw < call.weight;
            draw = draw.saturating_sub(call.weight);
            hit
        });
        let call = call.unwrap_or(&calls[0]);
        let service = !root && self.random.u8(..100) < 12;
        self.out.push_str(r#"{"eventVersion":"1.11","userIdentity":{"#);
        if root {
            self.root_identity();
        } else if service {
            let _ = write!(self.out, r#""type":"AWSService","invokedBy":"{}.amazonaws.com"}}"#, call.service);
        } else if self.random.u8(..100) < 10 {
            self.user_identity();
        } else {
            self.role_identity();
        }
        let at = self.time(0);
        let _ = write!(self.out, r#","eventTime":"{}","eventSource":"{}.amazonaws.com","eventName":"{}""#, at, call.service, call.name);
        let _ = write!(self.out, r#","awsRegion":"{}","sourceIPAddress":"#, self.region);
        if service {
            let _ = write!(self.out, r#""{0}.amazonaws.com","userAgent":"{0}.amazonaws.com""#, call.service);
        } else {
            let agent = AGENTS[self.random.usize(..AGENTS.len())];
            let net = ["192.0.2", "198.51.100", "203.0.113"][self.random.usize(..3)];
            let _ = write!(self.out, r#""{net}.{}","userAgent":"{agent}""#, self.random.u8(..));
        }
        if !service && self.random.u8(..100) < 4 {
            self.out.push_str(r#","errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this action because no identity-based policy allows it""#);
        }
        self.out.push_str(r#","requestParameters":"#);
        self.template(call.request);
        self.out.push_str(r#","responseElements":"#);
        self.template(call.response);
        if self.random.u8(..100) < 30 {
            self.out.push_str(r#","additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":""#);
            self.hex(64);
            self.out.push_str(r#"","bytesTransferredOut":"#);
            let _ = write!(self.out, "{}}}", self.random.u16(..));
        }
        self.out.push_str(r#","requestID":""#);
        self.uuid();
        self.out.push_str(r#"","eventID":""#);
        self.uuid();
        let _ = write!(
            self.out,
            r#"","readOnly":{},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{}","eventCategory":"Management""#,
            call.read_only, self.account
        );
        if !service {
            let _ = write!(
                self.out,
                r#","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{}.{}.amazonaws.com"}}"#,
                call.service, self.region
            );
        }
        self.out.push('}');
    }

    fn time(&mut self, before: i64) -> String {
        crate::evidence::record::time::format((self.at - before) * 1_000_000)
    }

    fn root_identity(&mut self) {
        let _ = write!(
            self.out,
            r#""type":"Root","principalId":"{0}","arn":"arn:aws:iam::{0}:root","accountId":"{0}","accessKeyId":""#,
            self.account
        );
        self.key("ASIA");
        self.out.push_str(r#"","sessionContext":{"attributes":{"creationDate":""#);
        let before = self.random.i64(1..3600);
        let start = self.time(before);
        self.out.push_str(&start);
        self.out.push_str(r#"","mfaAuthenticated":"true"}}}"#);
    }

    fn user_identity(&mut self) {
        let user = self.random.u16(..200);
        let _ = write!(
            self.out,
            r#""type":"IAMUser","principalId":"AIDAEXAMPLE{user:05}","arn":"arn:aws:iam::{0}:user/user-{user}","accountId":"{0}","accessKeyId":""#,
            self.account
        );
        self.key("AKIA");
        let _ = write!(self.out, r#"","userName":"user-{user}"}}"#);
    }

    fn role_identity(&mut self) {
        let role = self.random.u16(..400);
        let start = self.random.i64(1..3600);
        let start = self.time(start);
        let _ = write!(self.out, r#""type":"AssumedRole","principalId":"AROAEXAMPLE{role:05}:"#);
        let session = self.random.u64(..);
        let _ = write!(
            self.out,
            r#"i-{session:017x}","arn":"arn:aws:sts::{0}:assumed-role/service-{role}/i-{session:017x}","accountId":"{0}","accessKeyId":""#,
            self.account
        );
        self.key("ASIA");
        let _ = write!(
            self.out,
            r#"","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLE{role:05}","arn":"arn:aws:iam::{0}:role/service-{role}","accountId":"{0}","userName":"service-{role}"}},"attributes":{{"creationDate":"{start}","mfaAuthenticated":"false"}},"ec2RoleDelivery":"2.0"}}}}"#,
            self.account
        );
    }

    /// A key id of 20 characters.
    fn key(&mut self, kind: &str) {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        self.out.push_str(kind);
        for _ in 0..9 {
            self.out.push(char::from(LETTERS[self.random.usize(..LETTERS.len())]));
        }
        self.out.push_str("EXAMPLE");
    }

    fn hex(&mut self, digits: usize) {
        for _ in 0..digits / 16 {
            let _ = write!(self.out, "{:016x}", self.random.u64(..));
        }
    }

    fn uuid(&mut self) {
        let (high, low) = (self.random.u64(..), self.random.u64(..));
        let _ = write!(
            self.out,
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFF,
            low >> 48 & 0xFFF,
            low & 0xFFFF_FFFF_FFFF
        );
    }

    fn template(&mut self, template: &str) {
        let mut parts = template.split('$');
        self.out.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (kind, rest) = part.split_at(1);
            match kind {
                "h" => self.hex(16),
                "i" => {
                    let _ = write!(self.out, "i-{:017x}", self.random.u64(..));
                }
                "n" => {
                    let _ = write!(self.out, "{}", self.random.u16(..1000));
                }
                "a" => self.out.push_str(self.account),
                "r" => self.out.push_str(self.region),
                "k" => self.key("ASIA"),
                _ => {
                    self.out.push('$');
                    self.out.push_str(kind);
                }
            }
            self.out.push_str(rest);
        }
    }
}
