import pytest

from bot.dimo.signing import BadApiKey, address_of, checksummed, sign_personal_message

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"
# Made with web3.js 1.x: web3.eth.accounts.sign("Some data", "0x" + KEY).
SIGNATURE = (
    "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
    "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
)
ELEVENS = "11" * 32
ONE = "1".zfill(64)
HIGHEST = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
# Made with eth-account 0.14: an empty text, a long one, one that is not ASCII, an r and an s that begin with a zero.
VECTORS = [
    (
        ELEVENS,
        "",
        (
            "0x2a78cca8e3c7653cb7943898806b3b9d74811a26fa9f9db6c4ba07bf714664cb"
            "2f841b084f5264df14711a2cc77a6cf0c0cecb6691a132a2a8c6e9321f23d55d1b"
        ),
    ),
    (
        ONE,
        "a" * 1000,
        (
            "0xb9df980dbdb777963ece968d96e9a4af3dcd964a25c3f0d4fd95f8990d8e22cb"
            "56c0a2903618d2f5f5d2815d55a45b583b33d25f8d51b39827bfc7c1fc71074f1c"
        ),
    ),
    (
        HIGHEST,
        "é\n€ 😀",
        (
            "0x6b0c8ae3139e7c409f56fd2fe6c364ab42c93544b253bb39693a4140c1ad301a"
            "0e63a2b3bc92f16dd3a0e69fb9c0b9b2ca1ed4132916801107f3344ef33457c01c"
        ),
    ),
    (
        ELEVENS,
        "827",
        (
            "0x0073eb7ff6ae6bf237a3640f5d8d0680078ed5ea6f64040ff8d969cee61b3ac3"
            "5588bf5ae5e4488ba571dd1df7691b2ceed737aa0adebff0fcff7f07c9a228e51b"
        ),
    ),
    (
        ELEVENS,
        "221",
        (
            "0x4dcefc82b8077d041650eaf69c51bd6b6966df4a7c12bc9958f7c731f4bd10b2"
            "0021428f52d2c0ce21373ed40674a048ee731432b5b4c9a694d018687fb3298a1c"
        ),
    ),
]


def test_text_is_signed_as_an_ethereum_personal_message() -> None:
    assert sign_personal_message("Some data", "0x" + KEY) == SIGNATURE


@pytest.mark.parametrize(("key", "text", "signature"), VECTORS, ids=["empty", "long", "unicode", "short r", "short s"])
def test_signature_is_the_one_that_eth_account_makes(key: str, text: str, signature: str) -> None:
    assert sign_personal_message(text, key) == signature


@pytest.mark.parametrize(
    ("key", "address"),
    [
        (KEY, ADDRESS),
        (ELEVENS, "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"),
        (ONE, "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"),
        (HIGHEST, "0x80c0dbf239224071c59dd8970ab9d542e3414ab2"),
    ],
)
def test_key_has_the_same_address_with_and_without_0x(key: str, address: str) -> None:
    assert address_of(key) == address_of("0x" + key) == address


@pytest.mark.parametrize("key", ["", "secret", KEY[:-1], KEY + "0", "0x", KEY + "\n", "g" * 64])
def test_text_that_is_not_a_key_is_refused_without_being_quoted(key: str) -> None:
    with pytest.raises(BadApiKey) as caught:
        address_of(key)
    assert len(key) < 4 or key not in repr(caught.value)


@pytest.mark.parametrize("number", ["0" * 64, HIGHEST[:-1] + "1", "f" * 64])
def test_number_outside_the_curve_is_refused_without_being_quoted(number: str) -> None:
    with pytest.raises(BadApiKey) as caught:
        sign_personal_message("Some data", number)
    assert number not in repr(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    "address",
    [  # the examples of EIP-55
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_address_is_spelled_in_the_case_of_its_checksum(address: str) -> None:
    assert checksummed(address.lower()) == checksummed("0x" + address[2:].upper()) == address
