// What was learned, in the side bar: unfolded, opened, shown, edited, forgotten; then the menu. Unfolded by keys alone.
export default async function knowledge(window) {
  await window.ready();
  await window.command("Understudy: Show knowledge");
  const closed = await window.tree();
  const skills = window.page.locator(".sidebar .monaco-list-row").filter({ hasText: /cases?$/ });
  const leaf = window.page.locator(".sidebar .monaco-list-row[aria-level='3']").first();
  await skills.first().click();
  await unfold(window, skills.first());
  await window.page.locator(".sidebar .monaco-list-row[aria-level='2']").first().waitFor();
  await window.until(
    () => window.press("ArrowDown"),
    async () => (await focused(window).getAttribute("aria-level")) === "2",
    "the first topic has the focus",
  );
  await unfold(window, focused(window));
  await leaf.waitFor();
  const open = await window.tree();
  const question = await leaf.getAttribute("aria-label");
  const named = await window.page
    .locator(".sidebar .monaco-list-row")
    .evaluateAll((rows) => rows.filter((row) => !row.getAttribute("aria-label")).length);
  await window.press("ArrowDown", "Enter");
  const tab = window.page.locator(".tab.active");
  const source = await window.settled(() => tab.first().innerText({ timeout: 10_000 }), "the case's source");

  const told = window.page.locator(".workbench-hover").filter({ hasText: "Trace" }).first();
  await window.until(
    async () => {
      await window.page.mouse.move(200, 700);
      const box = await leaf.boundingBox();
      await window.page.mouse.move(160, box.y + 8);
      await window.page.mouse.move(162, box.y + 10);
    },
    async () => (await told.count()) > 0,
    "the case's hover",
  );
  const hover = await window.settled(() => told.innerText(), "the case's hover");
  await window.screenshot("hover");
  await button(window, leaf, "Show case", tab.filter({ hasText: "Case" }));
  await window.screenshot("case");

  await button(window, leaf, "Edit case", row(window, "Explanation"));
  await window.choose("Explanation");
  const input = window.page.locator(".quick-input-widget .quick-input-box input").first();
  await window.until(
    async () => {
      await input.fill("As I would say it.");
    },
    async () => (await input.inputValue()) === "As I would say it.",
    "the explanation is written",
  );
  await window.press("Enter");
  const edited = await window.notification(/waits until it was measured/);
  const waiting = await window.eventually(async () => {
    const labels = await window.tree();
    return labels.some((label) => label.includes("Waiting to be measured")) && labels;
  }, "the case waits");
  await window.screenshot("waiting");
  await edited.press("Measure it now");
  const verified = await window.notification(/looked at/, 300_000);
  await window.clearNotifications();

  const before = inUse(await window.tree());
  const asked = window.page.locator(".quick-input-title").filter({ hasText: "Which lesson" });
  const dialog = window.page.locator(".monaco-dialog-box");
  await window.until(
    async () => {
      await window.command("Understudy: Forget lesson");
      await asked.waitFor({ timeout: 10_000 });
      await window.page
        .locator(".quick-input-list .monaco-list-row:visible")
        .first()
        .click({ timeout: 5_000 });
    },
    async () => (await dialog.count()) > 0,
    "a lesson is chosen to be forgotten",
  );
  const forget = await window.answer("Forget");
  await window.notification(/forgot the lesson/);
  const after = await window.eventually(async () => {
    const left = inUse(await window.tree());
    return left < before && { left };
  }, "a lesson less in the tree");
  await window.clearNotifications();

  const menu = window.page.locator(".quick-input-list .monaco-list-row");
  await window.until(
    () => window.page.locator('.statusbar-item[id*="understudy.status"] a').first().click(),
    async () => (await menu.count()) > 0,
    "the menu",
  );
  await window.screenshot("menu");
  const entries = await menu.allInnerTexts();
  await window.press("Escape");
  return {
    closed,
    open,
    question,
    unnamed: named,
    source,
    hover,
    waiting,
    verified: verified.message,
    forget,
    before,
    after: after.left,
    menu: entries.map((each) => each.split("\n")[0].trim()),
  };
}

// Cases below the skills, which stand at the top.
function inUse(tree) {
  const skills = tree.filter(
    (label) =>
      /^[a-z, ]+[+−]\d\.\d\d · \d+ cases?$/.test(label) && /group|join|lookup|aggregate|nested/.test(label),
  );
  return skills.reduce((sum, label) => sum + Number(/(\d+) cases?$/.exec(label)[1]), 0);
}

function row(window, label) {
  return window.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: label }).first();
}

function focused(window) {
  return window.page.locator(".sidebar .monaco-list-row.focused").first();
}

async function unfold(window, folder) {
  await window.until(
    () => window.press("ArrowRight"),
    async () => (await folder.getAttribute("aria-expanded")) === "true",
    "the branch is open",
  );
}

async function button(window, item, label, effect) {
  await window.until(
    async () => {
      await item.hover({ timeout: 5_000 });
      await item.locator(`a[aria-label^="${label}"]`).click({ timeout: 5_000 });
    },
    async () => (await effect.count()) > 0,
    label,
  );
}
