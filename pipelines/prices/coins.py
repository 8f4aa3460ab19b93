"""The coins whose price can be asked for, and what each source calls them.

A name that a venue has since dropped does no harm: the source answers "unknown" once and is not asked again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin by its symbol, with its name at each source (None: not traded there against dollars).

    ``kraken`` is the pair to ask for and ``kraken_key`` the one that comes back, which for old pairs is another.
    """

    symbol: str
    name: str
    coingecko: str | None
    kraken: str | None = None
    kraken_key: str | None = None
    coinbase: str | None = None
    bitstamp: str | None = None


def _coin(symbol: str, name: str, coingecko: str, venues: str, kraken: tuple[str, str] | None = None) -> Coin:
    """A row of the table; ``venues`` holds k, c and b for Kraken, Coinbase and Bitstamp under their usual names."""
    pair, key = kraken or (f"{symbol}USD", f"{symbol}USD")
    return Coin(
        symbol=symbol,
        name=name,
        coingecko=coingecko,
        kraken=pair if "k" in venues else None,
        kraken_key=key if "k" in venues else None,
        coinbase=f"{symbol}-USD" if "c" in venues else None,
        bitstamp=f"{symbol.lower()}usd" if "b" in venues else None,
    )


OFFERED: Final = (
    _coin("BTC", "Bitcoin", "bitcoin", "kcb", ("XBTUSD", "XXBTZUSD")),
    _coin("ETH", "Ether", "ethereum", "kcb", ("ETHUSD", "XETHZUSD")),
    # Coinbase has merged its USDC and USD books, so it has no price of one in the other.
    _coin("USDC", "USD Coin", "usd-coin", "kb"),
    _coin("USDT", "Tether", "tether", "kcb", ("USDTUSD", "USDTZUSD")),
    _coin("SOL", "Solana", "solana", "kcb"),
    _coin("XRP", "XRP", "ripple", "kcb", ("XRPUSD", "XXRPZUSD")),
    _coin("BNB", "BNB", "binancecoin", ""),
    _coin("ADA", "Cardano", "cardano", "kcb"),
    _coin("DOGE", "Dogecoin", "dogecoin", "kcb", ("XDGUSD", "XDGUSD")),
    _coin("TRX", "Tron", "tron", "k"),
    _coin("AVAX", "Avalanche", "avalanche-2", "kcb"),
    _coin("LINK", "Chainlink", "chainlink", "kcb"),
    _coin("DOT", "Polkadot", "polkadot", "kcb"),
    _coin("LTC", "Litecoin", "litecoin", "kcb", ("LTCUSD", "XLTCZUSD")),
    _coin("BCH", "Bitcoin Cash", "bitcoin-cash", "kcb"),
    _coin("XLM", "Stellar", "stellar", "kcb", ("XLMUSD", "XXLMZUSD")),
    _coin("XMR", "Monero", "monero", "k", ("XMRUSD", "XXMRZUSD")),
    _coin("ETC", "Ethereum Classic", "ethereum-classic", "kc", ("ETCUSD", "XETCZUSD")),
    _coin("ATOM", "Cosmos", "cosmos", "kc"),
    _coin("UNI", "Uniswap", "uniswap", "kcb"),
    _coin("AAVE", "Aave", "aave", "kcb"),
    _coin("NEAR", "NEAR", "near", "kc"),
    _coin("ALGO", "Algorand", "algorand", "kcb"),
    _coin("FIL", "Filecoin", "filecoin", "kc"),
    _coin("HBAR", "Hedera", "hedera-hashgraph", "cb"),
    _coin("SUI", "Sui", "sui", "kcb"),
    _coin("TON", "Toncoin", "the-open-network", "k"),
    _coin("PAXG", "PAX Gold", "pax-gold", "kc"),
)
"""The coins that are offered by buttons."""
_FURTHER: Final = (
    _coin("AMP", "Amp", "amp-token", "cb"),
    _coin("ANKR", "Ankr", "ankr", "kc"),
    _coin("APE", "ApeCoin", "apecoin", "kcb"),
    _coin("APT", "Aptos", "aptos", "kc"),
    _coin("ARB", "Arbitrum", "arbitrum", "kc"),
    _coin("AXS", "Axie Infinity", "axie-infinity", "kcb"),
    _coin("BAT", "Basic Attention Token", "basic-attention-token", "kcb"),
    _coin("BLUR", "Blur", "blur", "kc"),
    _coin("BONK", "Bonk", "bonk", "kc"),
    _coin("CHZ", "Chiliz", "chiliz", "kcb"),
    _coin("COMP", "Compound", "compound-governance-token", "kcb"),
    _coin("CRV", "Curve", "curve-dao-token", "kcb"),
    _coin("CVX", "Convex", "convex-finance", "kc"),
    _coin("DAI", "Dai", "dai", "kcb"),
    _coin("DASH", "Dash", "dash", "kc"),
    _coin("EGLD", "MultiversX", "elrond-erd-2", "kc"),
    _coin("ENS", "Ethereum Name Service", "ethereum-name-service", "kc"),
    _coin("FET", "Artificial Superintelligence Alliance", "fetch-ai", "kcb"),
    _coin("FLOW", "Flow", "flow", "kc"),
    _coin("GALA", "Gala", "gala", "kcb"),
    _coin("GNO", "Gnosis", "gnosis", "k"),
    _coin("GRT", "The Graph", "the-graph", "kcb"),
    _coin("HYPE", "Hyperliquid", "hyperliquid", ""),
    _coin("ICP", "Internet Computer", "internet-computer", "kc"),
    _coin("IMX", "Immutable", "immutable-x", "kcb"),
    _coin("INJ", "Injective", "injective-protocol", "kc"),
    _coin("JTO", "Jito", "jito-governance-token", "kc"),
    _coin("JUP", "Jupiter", "jupiter-exchange-solana", "k"),
    _coin("KAS", "Kaspa", "kaspa", "k"),
    _coin("KSM", "Kusama", "kusama", "kc"),
    _coin("LDO", "Lido DAO", "lido-dao", "kc"),
    _coin("LRC", "Loopring", "loopring", "kcb"),
    _coin("MANA", "Decentraland", "decentraland", "kc"),
    _coin("MINA", "Mina", "mina-protocol", "kc"),
    _coin("MKR", "Maker", "maker", "kcb"),
    _coin("NANO", "Nano", "nano", "k"),
    _coin("ONDO", "Ondo", "ondo-finance", "kc"),
    _coin("OP", "Optimism", "optimism", "kc"),
    _coin("PEPE", "Pepe", "pepe", "kcb"),
    _coin("POL", "Polygon", "polygon-ecosystem-token", "kcb"),
    _coin("PYTH", "Pyth Network", "pyth-network", "kc"),
    _coin("PYUSD", "PayPal USD", "paypal-usd", "kcb"),
    _coin("QNT", "Quant", "quant-network", "kc"),
    _coin("RENDER", "Render", "render-token", "kc"),
    _coin("RPL", "Rocket Pool", "rocket-pool", "kc"),
    _coin("RUNE", "THORChain", "thorchain", "k"),
    _coin("SAND", "The Sandbox", "the-sandbox", "kcb"),
    _coin("SC", "Siacoin", "siacoin", "k"),
    _coin("SEI", "Sei", "sei-network", "kc"),
    _coin("SHIB", "Shiba Inu", "shiba-inu", "kcb"),
    _coin("SKL", "Skale", "skale", "kcb"),
    _coin("SNX", "Synthetix", "havven", "kcb"),
    _coin("STORJ", "Storj", "storj", "kcb"),
    _coin("STRK", "Starknet", "starknet", "kc"),
    _coin("STX", "Stacks", "blockstack", "kc"),
    _coin("SUSHI", "Sushi", "sushi", "kcb"),
    _coin("TAO", "Bittensor", "bittensor", "kc"),
    _coin("TIA", "Celestia", "celestia", "kc"),
    _coin("WBTC", "Wrapped Bitcoin", "wrapped-bitcoin", "kcb"),
    _coin("WIF", "dogwifhat", "dogwifcoin", "kc"),
    _coin("WLD", "Worldcoin", "worldcoin-wld", "kc"),
    _coin("XTZ", "Tezos", "tezos", "kc"),
    _coin("YFI", "Yearn Finance", "yearn-finance", "kcb"),
    _coin("ZEC", "Zcash", "zcash", "kc", ("ZECUSD", "XZECZUSD")),
    _coin("ZRX", "0x", "0x", "kcb"),
    _coin("1INCH", "1inch", "1inch", "kcb"),
)
"""Coins that are found by symbol or name."""
COINS: Final = (*OFFERED, *_FURTHER)
"""Every coin of the table: those that are known without a venue's listing."""

_ALSO: Final = {"XBT": "BTC", "ETHEREUM": "ETH", "XDG": "DOGE", "USDCOIN": "USDC", "RIPPLE": "XRP", "HEDERA": "HBAR"}


Find = Callable[[str], Coin | None]
"""The coin of a symbol or a name, None where nobody lists it."""


class Coins:
    """The coins that can be chosen: the table's, and those that venues list besides. The table always wins.

    A listed coin is found by its symbol, and by its name where no other coin is called so.
    """

    def __init__(self, listed: Iterable[Coin] = ()) -> None:
        table = _table()
        self.listed = tuple(coin for coin in listed if coin.symbol not in table)
        names = Counter(_plain(coin.name) for coin in self.listed)
        alone = {plain: coin for coin in self.listed if names[plain := _plain(coin.name)] == 1}
        self._index = alone | {coin.symbol: coin for coin in self.listed} | table

    def find(self, text: str) -> Coin | None:
        """The coin a person means: ``btc``, ``$BTC``, ``Bitcoin Cash``; None if it is not listed."""
        return self._index.get(_plain(text[:40]))


@cache
def _table() -> dict[str, Coin]:
    names = {coin.symbol: coin for coin in COINS} | {_plain(coin.name): coin for coin in COINS}
    return names | {other: names[symbol] for other, symbol in _ALSO.items()}


def _plain(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())


def find_coin(text: str) -> Coin | None:
    """The coin of the table that a person means by a symbol or a name; None if it is not in the table."""
    return _table().get(_plain(text[:40]))
