"""What is wrong with a page: barriers that axe finds, a page wider than a phone, a broken outline, script errors."""

from collections.abc import Sequence

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Error, Page

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
VIEWS = ((PHONE, "light"), (LAPTOP, "dark"))

# WCAG 2.2 AA, and what its authors recommend beyond it. By tag, which also runs rules that are off by default.
EVERY_RULE = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# What looks and room decide: asked again where the page looks otherwise and has other room.
RULES_OF_LOOKS = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]

# What the console also says when a page itself answers 404 or 422, and when a test takes the network away.
_ANSWERED = "Failed to load resource: the server responded with a status of"
_NO_NETWORK = "Failed to load resource: net::ERR_"

# axe works out what a colour means for every element anew; a page has a dozen colours and hundreds of elements. And it
# measures every text against its ground: half of all its time. Here what has the colours, the size and the grounds of a
# text that passed in this run has passed with it; what failed, what is uncertain, and what is laid over other things is
# measured each time.
AXE_ADDRESS = "/prova/axe.js"
AXE = f"""{AXE_SCRIPT};
{{
    const colour = axe.commons.color.Color.prototype, parse = colour.parseString, known = new Map();
    colour.parseString = function (text) {{
        if (known.has(text)) return Object.assign(this, known.get(text));
        parse.call(this, text);
        known.set(text, {{r: this.r, g: this.g, b: this.b, alpha: this.alpha}});
        return this;
    }};

    const passed = new Set(), news = new Set(), grounds = new WeakMap();
    const styles = (node, ...names) => names.map((name) => node.getComputedStylePropertyValue(name));
    const isApart = (node) => {{
        const [position, layer, transform] = styles(node, "position", "z-index", "transform");
        return !["static", "relative"].includes(position) || layer !== "auto" || transform !== "none";
    }};
    const NOTHING = ["rgba(0, 0, 0, 0)", "none", "1", "none", "normal"].join();
    const groundOf = (node) => {{
        if (!node) return "";
        if (!grounds.has(node)) {{
            const names = ["background-color", "background-image", "opacity", "filter", "mix-blend-mode"];
            const own = styles(node, ...names).join();
            const below = groundOf(node.parent);
            grounds.set(node, below === null || isApart(node) ? null : own === NOTHING ? below : `${{below}}|${{own}}`);
        }}
        return grounds.get(node);
    }};
    const lookOf = (node) => {{
        const ground = groundOf(node);
        const own = styles(node, "color", "font-size", "font-weight", "text-shadow", "-webkit-text-stroke-width");
        return ground === null ? null : `${{ground}}|${{own}}`;
    }};
    const contrast = axe._audit.rules.find((rule) => rule.id === "color-contrast"), {{matches}} = contrast;
    contrast.matches = function (element, node, ...rest) {{
        return !passed.has(lookOf(node)) && matches.call(this, element, node, ...rest);
    }};
    const check = axe._audit.checks["color-contrast"], {{evaluate}} = check;
    check.evaluate = function (element, options, node, ...rest) {{
        const result = evaluate.call(this, element, options, node, ...rest), look = result === true && lookOf(node);
        if (look) passed.add(look), news.add(look);
        return result;
    }};
    axe.remember = (looks) => looks.forEach((look) => passed.add(look));
    axe.tellNews = () => {{ const told = [...news]; news.clear(); return told; }};
}}
void 0;"""
# From an address it is compiled once for all pages of a browser's context.
_FETCH_AXE = f"import('{AXE_ADDRESS}').then(() => null)"
_RUN_AXE = """async ([rules, looks]) => {
    axe.remember(looks);
    const found = (await axe.run(document, {runOnly: rules, resultTypes: ["violations"], iframes: false})).violations;
    const say = (rule) => rule.nodes.map((node) => `${rule.id} at ${node.target}: ${node.failureSummary}`);
    return [found.flatMap(say), axe.tellNews()];
}"""
_PASSED: set[str] = set()  # looks of texts that stand out from their ground
_TOO_WIDE = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
_OUTLINE = """() => [
    document.querySelectorAll("h1").length === 1 ? "" : "not one h1",
    document.documentElement.lang ? "" : "no lang",
    document.title.replace("· Jornada", "").trim() ? "" : "no title",
].filter(Boolean)"""


def watch(page: Page, refused: Sequence[str] = ()) -> list[str]:
    """What goes wrong in the page from now on: script errors, missing files, and what the security policy forbids.

    The console also tells of every no that a script is given; `refused` are ends of addresses that may give one.
    """
    troubles: list[str] = []
    visited: set[str] = set()

    def listen(message: ConsoleMessage) -> None:
        address = message.location["url"]
        is_own_answer = message.text.startswith(_ANSWERED) and (address in visited or address.endswith(tuple(refused)))
        if message.type == "error" and not is_own_answer and not message.text.startswith(_NO_NETWORK):
            troubles.append(f"{page.url}: {message.text} {message.location['url']}")

    page.on("request", lambda request: visited.add(request.url) if request.is_navigation_request() else None)
    page.on("console", listen)
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    return troubles


def inspect(page: Page) -> list[str]:
    """What is wrong with the page as it stands: on a phone by day, and on a laptop by night.

    It begins with the one the page is on already, since drawing it anew takes as long as loading it; the other is asked
    only for what may differ there. A click returns as soon as the next page begins to arrive, so it waits for the whole
    of it.
    """
    page.wait_for_load_state()
    found = page.evaluate(_OUTLINE)
    _bring_axe(page)
    rules = EVERY_RULE
    for size, colours in sorted(VIEWS, key=lambda view: view[0] != page.viewport_size):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours)
        barriers, looks = page.evaluate(_RUN_AXE, [rules, list(_PASSED)])
        _PASSED.update(looks)
        found += [f"at {size['width']} px, {colours}: {barrier}" for barrier in barriers]
        excess = page.evaluate(_TOO_WIDE)
        if excess > 0:
            found.append(f"{excess} px wider than {size['width']} px")
        rules = RULES_OF_LOOKS
    return [f"{page.url}: {each}" for each in found]


def _bring_axe(page: Page) -> None:
    """Have axe in the page; without a network as a text, which Playwright evaluates outside the page's policy."""
    try:
        page.evaluate(_FETCH_AXE)
    except Error:
        page.evaluate(AXE)


def look(page: Page, address: str, status: int = 200) -> list[str]:
    """What is wrong with the page at this address."""
    response = page.goto(address)
    found = inspect(page)
    return found if response.status == status else [*found, f"{address} answers {response.status}"]
