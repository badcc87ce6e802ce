// How long from a keystroke to its ghost text in the window: a question is typed, and the Enter behind it is timed, again
// and again. The page itself holds the watch: from the keydown event to the frame after the ghost text is there.
export default async function latency(window, { questions, times }) {
  await window.ready();
  await window.focusEditor();
  const measured = [];
  for (let i = 0; i < times; i += 1) {
    await window.press("Control+A", "Delete");
    await window.type(questions[i % questions.length]);
    await window.page.waitForTimeout(400);
    await window.page.evaluate(watch);
    await window.press("Enter");
    measured.push(await window.page.evaluate(() => globalThis.shown));
  }
  return { measured };
}

// Runs in the page.
function watch() {
  const selector = ".ghost-text, .ghost-text-decoration, .ghost-text-decoration-preview";
  globalThis.shown = new Promise((done) => {
    let began;
    const press = (event) => {
      if (event.key === "Enter") {
        began = performance.now();
        removeEventListener("keydown", press, true);
      }
    };
    addEventListener("keydown", press, true);
    const observer = new MutationObserver(() => {
      if (began !== undefined && document.querySelector(selector)?.textContent) {
        observer.disconnect();
        requestAnimationFrame(() => done(performance.now() - began));
      }
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    setTimeout(() => done(null), 10_000);
  });
}
