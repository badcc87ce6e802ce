// What was learned, in the side bar: unfolded, opened, shown, edited, forgotten; then the report by way of the menu.
export default async function knowledge(window) {
  await window.ready();
  await window.command("Understudy: Show knowledge");
  const closed = await window.tree();
  const skill = window.page
    .locator(".sidebar .monaco-list-row")
    .filter({ hasText: /cases?$/ })
    .first();
  await skill.click();
  await window.press("ArrowRight");
  await window.page.waitForTimeout(500);
  await window.press("ArrowDown", "ArrowRight");
  await window.page.waitForTimeout(500);
  const open = await window.tree();
  const leaf = window.page.locator(".sidebar .monaco-list-row[aria-level='3']").first();
  const question = await leaf.getAttribute("aria-label");
  await leaf.click();
  await window.page.waitForTimeout(2_000);
  const source = await window.page.locator(".tab.active").innerText();
  await window.command("View: Focus into Primary Side Bar");
  await window.page.mouse.move(200, 600);
  await window.page.waitForTimeout(500);
  await leaf.hover({ position: { x: 120, y: 10 } });
  await window.page.waitForTimeout(500);
  await window.page.mouse.move(200, (await leaf.boundingBox()).y + 12);
  const told = window.page.locator(".workbench-hover").filter({ hasText: "Trace" }).first();
  await told.waitFor({ timeout: 15_000 });
  const hover = await told.innerText();
  await window.page.waitForTimeout(500); // it fades in
  await window.screenshot("hover");
  await button(window, leaf, "Show case");
  await window.page.locator(".tab.active").filter({ hasText: "Case" }).waitFor();
  await window.screenshot("case");

  await button(window, leaf, "Edit case");
  await choose(window, "Explanation");
  await window.page.locator(".quick-input-widget input").first().fill("As I would say it.");
  await window.press("Enter");
  const edited = await window.notification(/waits until it was measured/);
  const waiting = await window.tree();
  await edited.press("Measure it now");
  const verified = await window.notification(/looked at/, 180_000);
  await window.clearNotifications();

  await window.command("Understudy: Show knowledge");
  const before = inUse(await window.tree());
  await window.command("Understudy: Forget lesson");
  await window.page.waitForTimeout(800);
  await window.press("Enter");
  await window.answer("Forget");
  await window.notification(/forgot the lesson/, 60_000);
  await window.page.waitForTimeout(1_000);
  const after = inUse(await window.tree());

  await window.page.locator('.statusbar-item[id*="understudy.status"]').click();
  await window.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
  await window.page.waitForTimeout(300);
  await window.screenshot("menu");
  const menu = await window.page.locator(".quick-input-list .monaco-list-row").allInnerTexts();
  await window.press("Escape");
  return {
    closed,
    open,
    question,
    source,
    hover,
    waiting,
    verified: verified.message,
    before,
    after,
    menu: menu.map((each) => each.split("\n")[0].trim()),
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

async function button(window, row, label) {
  await row.hover();
  await row.locator(`a[aria-label^="${label}"]`).click();
}

async function choose(window, label) {
  const entry = window.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: label }).first();
  await entry.waitFor();
  await entry.click();
  await window.page.waitForTimeout(400);
}
