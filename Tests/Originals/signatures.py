"""Amazon's signatures as keystoneclient's signer makes them, and S3's as Keystone does."""

import base64
import copy
import urllib.parse

from keystone.api import s3tokens
from keystoneclient.contrib.ec2 import utils

# Composed and decomposed, a letter that is the same as another (Kelvin, Angstrom), Hangul, sigmas, blanks of all kinds.
WORDS = ["a", "B", "Z", "é", "e\u0301", "K", "\u212a", "\u00c5", "\u212b", "각", "\u1100\u1161\u11a8", "ΑΣ", "Σ", "İ"]
MARKS = [" ", "\t", "\u00a0", "\u001f", "\u2028", "~", "-", ".", "_", "/", "+", "%", "&", "=", ";", "\u037e", "\r\n"]
HOSTS = [
    "cloud",
    "cloud:8773",
    "Cloud.Example:443",
    "[::1]",
    "[::1]:80",
    "[FE80::A%Eth0]:8773",
    "[v1.A:b]:80",
    "[127.0.0.1]:80",
    "[::1",
    "[::ffff:1.2.3.4]:1",
    "user:word@Host:80",
    "a@b@C:1",
    "host:80/path",
    "host?x:1",
    ":80",
    "::1",
    "",
    "ho\tst:80",
    "É:1",
    "E\u0301:1",
    "ΑΣ:1",
    "127.0.0.1:8773",
    5,
    None,
]
AGENTS = ["Boto/2.9.2 (linux2)", "Boto/2.9.3", "Boto/2.0.0", "Boto/2.10.1", "boto/2.9.2", "curl/8", " Boto/2.1.1", ""]
HEADERS = ["Host", "User-Agent", "X-Amz-Date", "Content-Type", "X-\u212a", "X-Z", "É", "A\u0301", " pad ", "ΟΔΟΣ", ""]


def text(chance, most=4):
    return "".join(chance.choice(WORDS if chance.random() < 0.7 else MARKS) for _ in range(chance.randint(0, most)))


def value(chance):
    return text(chance) if chance.random() < 0.9 else chance.choice([0, -7, True, None, 1.5, [1, "a"]])


def date(chance):
    return chance.choice(["20150830T123600Z", "20261201T000000Z", "2015-08-30T12:36:00Z", "20150830", ""])


def parameters(chance):
    names = ["Action", "Timestamp", "action", "AWSAccessKeyId", "b", "B", "a\u0301", "é", "\u212a", "Z", "k"]
    given = {name: value(chance) for name in chance.sample(names, chance.randint(0, 6))}
    if chance.random() < 0.8:
        given |= {"Action": text(chance), "Timestamp": date(chance)}
    return given


def scope(chance, day):
    parts = [day, chance.choice(["us-east-1", "", "é"]), chance.choice(["ec2", "s3", ""])]
    ends = [["aws4_request"], ["aws4_request"], ["other"], [], ["aws4_request", "more"]]
    return "/".join(parts + chance.choice(ends))


def version4(chance, credentials):
    params, headers = credentials["params"], credentials["headers"]
    when = date(chance)
    day = when[:8] if chance.random() < 0.9 else "20000101"
    credential = f"AKID/{scope(chance, day)}"
    listed = [name.lower().strip() for name in headers] + ["missing", "Host"]
    signed = ";".join(chance.sample(listed, chance.randint(0, len(listed))))
    if chance.random() < 0.7:
        headers["X-Amz-Date"] = when
        parts = [f"Credential={credential}", f"SignedHeaders={signed}", "Signature=x"]
        if chance.random() < 0.2:
            chance.shuffle(parts)
        if chance.random() < 0.1:
            parts.pop(0)
        headers["Authorization"] = "AWS4-HMAC-SHA256 " + chance.choice([", ", ","]).join(parts)
    else:
        params |= {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": credential, "X-Amz-SignedHeaders": signed}
        params["X-Amz-Date"] = when
        if chance.random() < 0.2:
            params["X-Amz-Signature"] = "x"


def request(chance):
    credentials = {
        "verb": chance.choice(["GET", "POST", "get", "Post", "PUT", "ß"]),
        "host": chance.choice(HOSTS),
        "path": chance.choice(["/", "/services/Cloud", "/é", "/e\u0301", ""]),
        "params": parameters(chance),
        "headers": {},
        "body_hash": chance.choice(["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]),
    }
    for name in chance.sample(HEADERS, chance.randint(0, 6)):
        credentials["headers"][name] = {"Host": str(credentials["host"]), "User-Agent": chance.choice(AGENTS)}.get(
            name, text(chance)
        )
    kind = chance.choice(["0", "1", "2", "2", "4", "4", "4", "4", "3"])
    if kind != "4":
        credentials["params"]["SignatureVersion"] = kind
    else:
        version4(chance, credentials)
    if chance.random() < 0.05:
        del credentials[chance.choice(list(credentials))]
    return credentials


def signed(secret, credentials):
    """What the signer makes of a request; nothing where it fails, which is an answer 500 of Keystone."""
    try:
        return utils.Ec2Signer(secret).generate(copy.deepcopy(credentials))
    except Exception:
        return None


def without_port(secret, credentials):
    """What Keystone compares in its second try (keystone/api/ec2tokens.py)."""
    try:
        if ":" not in credentials["host"]:
            return None
        host = urllib.parse.urlsplit("//" + credentials["host"]).hostname
    except Exception:
        return None
    return signed(secret, credentials | {"host": host})


def ec2(chance):
    credentials, secret = request(chance), text(chance, 12)
    return {
        "secret": secret,
        "credentials": credentials,
        "signature": signed(secret, credentials),
        "without_port": without_port(secret, credentials),
    }


def s3_text(chance):
    if chance.random() < 0.3:
        return text(chance, 9).encode() + chance.randbytes(chance.randint(0, 6))
    service = chance.choice(["s3", "iam", "sts", "ec2"])
    end = chance.choice(["aws4_request", "aws4_request", "other"])
    lines = ["AWS4-HMAC-SHA256", date(chance), f"20150830/{text(chance)}/{service}/{end}", text(chance)]
    if chance.random() < 0.2:
        lines.pop(chance.randrange(4))
    return chance.choice(["\n", "\n", "\n", "\r\n"]).join(lines).encode()


def s3_token(chance):
    encode = chance.choice([base64.b64encode, base64.urlsafe_b64encode, base64.encodebytes])
    token = encode(s3_text(chance)).decode()
    return token if chance.random() < 0.9 else token.rstrip("=") + chance.choice(["", "=", "é", "!", "Y"])


def s3(chance):
    token, secret = s3_token(chance), text(chance, 12)
    try:
        data = base64.urlsafe_b64decode(token)
        version = s3tokens._calculate_signature_v4 if data[:4] == b"AWS4" else s3tokens._calculate_signature_v1
        signature = version(data, secret)
    except Exception:
        signature = None
    return {"secret": secret, "token": token, "signature": signature}
