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
# measured each time. Nor does it ask what lies around a target that is large enough in one piece and that nothing set
# apart from the flow of the page touches, nor which colours a link differs in that is underlined.
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
    const ruleOf = (id) => axe._audit.rules.find((rule) => rule.id === id);
    const contrast = ruleOf("color-contrast"), {{matches}} = contrast;
    const hasWords = (node) => ["input", "select", "textarea", "option"].includes(node.props.nodeName)
        || node.children.some(({{props}}) => props.nodeType === 3 && props.nodeValue.trim());
    contrast.matches = function (element, node, ...rest) {{
        return hasWords(node) && !passed.has(lookOf(node)) && matches.call(this, element, node, ...rest);
    }};
    const check = axe._audit.checks["color-contrast"], {{evaluate}} = check;
    check.evaluate = function (element, options, node, ...rest) {{
        const result = evaluate.call(this, element, options, node, ...rest), look = result === true && lookOf(node);
        if (look) passed.add(look), news.add(look);
        return result;
    }};

    const isWithin = (one, other) => one.contains(other) || other.contains(one);
    const touches = (one, other) =>
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
    let apart = null;
    const findApart = (node) => {{
        const found = node.children.flatMap(findApart);
        if (node.props.nodeType === 1 && isApart(node)) found.push([node.actualNode, node.boundingClientRect]);
        return found;
    }};
    const isLargeAndClear = (element, node) => {{
        const place = node.boundingClientRect;
        if (place.width < 24 || place.height < 24 || element.getClientRects().length > 1) return false;
        apart ??= findApart(axe._tree[0]);
        return !apart.some(([other, its]) => touches(place, its) && !isWithin(element, other));
    }};
    const size = ruleOf("target-size"), {{matches: isTarget}} = size;
    size.matches = function (element, node, ...rest) {{
        return !isLargeAndClear(element, node) && isTarget.call(this, element, node, ...rest);
    }};
    const link = ruleOf("link-in-text-block"), {{matches: isInText}} = link;
    link.matches = function (element, node, ...rest) {{
        const isUnderlined = styles(node, "text-decoration-line")[0] === "underline";
        return !isUnderlined && isInText.call(this, element, node, ...rest);
    }};

    axe.remember = (looks) => {{ apart = null; looks.forEach((look) => passed.add(look)); }};
    axe.tellNews = () => {{ const told = [...news]; news.clear(); return told; }};
}}
void 0;"""
# From an address it is compiled once for all pages of a browser's context.
_FETCH_AXE = f"import('{AXE_ADDRESS}').then(() => null)"
# One rule reads the stylesheets themselves, the same for every page: it is asked once of each. Another finds fault with
# nothing, it only says what a person should look at.
_RUN_AXE = """async ([runOnly, looks, sheets]) => {
    axe.remember(looks);
    const own = [...document.styleSheets].map((sheet) => sheet.href).join(), preload = !sheets.includes(own);
    const rules = {"css-orientation-lock": {enabled: preload}, "hidden-content": {enabled: false}};
    const options = {runOnly, rules, preload, resultTypes: ["violations"], iframes: false};
    const found = (await axe.run(document, options)).violations;
    const say = (rule) => rule.nodes.map((node) => `${rule.id} at ${node.target}: ${node.failureSummary}`);
    return [found.flatMap(say), axe.tellNews(), own];
}"""
_PASSED: set[str] = set()  # looks of texts that stand out from their ground
_SHEETS: set[str] = set()  # stylesheets of pages that were inspected
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


def wait_until_kept(page: Page) -> None:
    """Wait until the page is kept to be opened without a network, in a browser that keeps any."""
    if page.evaluate("'serviceWorker' in navigator"):
        page.locator("html[data-kept]").wait_for(state="attached")


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
        barriers, looks, sheets = page.evaluate(_RUN_AXE, [rules, list(_PASSED), list(_SHEETS)])
        _PASSED.update(looks)
        _SHEETS.add(sheets)
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
