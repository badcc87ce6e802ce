// The report of a run: its plots, its look in other themes, and a button that leads back into the editor, pressed with
// the keyboard alone. A part of `teach`, and a scenario for a project that was taught before.
const THEMES = { "Dark Modern": "vs-dark", "Dark High Contrast": "hc-black", "Light Modern": "vs" };

export default async function shown(window) {
  await window.ready();
  await window.command("Understudy: Show report");
  return report(window);
}

export async function report(window) {
  const { frame, text } = await window.webview();
  const policy = await frame
    .locator('meta[http-equiv="Content-Security-Policy"]')
    .first()
    .getAttribute("content");
  const plots = await frame.locator("figure figcaption").allInnerTexts();
  const tables = await frame.locator("figure details.data").count();
  const loaded = await frame.locator("html").evaluate(() => performance.getEntriesByType("resource").length);
  const spoken = await frame.locator("body").evaluate(accessible);
  await window.screenshot("report");
  await frame.locator("figure figcaption").nth(1).scrollIntoViewIfNeeded();
  await frame.locator("figure").nth(2).scrollIntoViewIfNeeded();
  await window.screenshot("plots");
  const colors = {};
  for (const [theme, kind] of Object.entries(THEMES)) {
    await chooseTheme(window, theme, kind);
    colors[theme] = await window.settled(
      () => frame.locator("body").evaluate(colorsOf),
      `${theme} on the page`,
    );
    await window.screenshot(theme.replace(/ /g, "-"));
  }
  const pressed = await pressByKeys(window, frame);
  const file = /Open (.*):\d+/.exec(pressed.label)[1];
  await window.page
    .locator(".tab.active")
    .filter({ hasText: file.split("/").at(-1) })
    .waitFor();
  return { report: text, policy, plots, tables, loaded, spoken, colors, opened: file, keys: pressed.keys };
}

// From the top of the page with Tab to the first button that opens a source, and Enter.
async function pressByKeys(window, frame) {
  await frame.locator("body").evaluate(() => scrollTo(0, 0));
  await frame.locator("h1").first().click();
  for (let keys = 1; keys < 400; keys += 1) {
    await window.press("Tab");
    const label = await frame.locator("body").evaluate(() => {
      const on = document.activeElement;
      return on?.matches('button[data-act="open"]') ? on.innerText : "";
    });
    if (label) {
      await window.screenshot("lesson");
      await window.press("Enter");
      return { keys, label };
    }
    const folded = await frame
      .locator("body")
      .evaluate(() => document.activeElement?.matches("details:not([open]) > summary") ?? false);
    if (folded) await window.press("Enter");
  }
  throw new Error("no key press leads to a button that opens a source");
}

// Runs in the page: what a screen reader would find without a name.
function accessible() {
  const named = (element) =>
    ["aria-label", "aria-labelledby", "title"].some((name) => element.getAttribute(name)?.trim()) ||
    element.textContent.trim() !== "";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const outline = (elements) => elements.map((element) => element.outerHTML.slice(0, 200));
  return {
    language: document.documentElement.lang,
    headings: all("h1, h2, h3").map((heading) => heading.tagName),
    namelessButtons: outline(all("button, summary, a").filter((each) => !named(each))),
    namelessPictures: outline(
      all("svg, img").filter(
        (each) =>
          each.getAttribute("aria-hidden") !== "true" &&
          !(
            each.getAttribute("aria-label") ||
            each.getAttribute("aria-labelledby") ||
            each.querySelector("title")
          ),
      ),
    ),
    headlessTables: outline(all("table").filter((table) => table.querySelector("th") === null)),
  };
}

// Runs in the page: text and ground.
function colorsOf() {
  const style = getComputedStyle(document.body);
  return { text: style.color, ground: style.backgroundColor };
}

async function chooseTheme(window, theme, kind) {
  await window.until(
    async () => {
      await window.command("Preferences: Color Theme");
      const input = window.page.locator(".quick-input-widget input").first();
      await input.fill(theme);
      await window.page
        .locator(".quick-input-list .monaco-list-row.focused")
        .filter({ hasText: theme })
        .waitFor({ timeout: 5_000 });
      await window.press("Enter");
    },
    async () => (await window.page.locator(`.monaco-workbench.${kind}`).count()) > 0,
    theme,
  );
}
