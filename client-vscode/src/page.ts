/** The report as a page in an editor: under a policy that lets nothing in from outside. Knows nothing of VS Code. */

/** No script, no request, no form: a report quotes model-written code and project text, which may be hostile. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

/** The report in parts, as the server answers `understudy/report`. */
export interface Page {
  readonly title: string;
  /** CSS. */
  readonly style: string;
  /** HTML without scripts. */
  readonly body: string;
  /** The whole report on disk. */
  readonly file: string;
}

/** What a button of the report asks for. */
export type Wish =
  | { readonly act: "teach" | "knowledge" | "browser" }
  | { readonly act: "open"; readonly path: string; readonly line: number }
  | { readonly act: "case" | "forget"; readonly id: string };

/** All that the page can do: say which button was pressed. */
const SCRIPT = `
const editor = acquireVsCodeApi();
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (button) editor.postMessage({ ...button.dataset });
});
addEventListener("scroll", () => editor.setState({ top: scrollY }), { passive: true });
scrollTo(0, editor.getState()?.top ?? 0);
`;

/** The page with its buttons. Only the style and the script that carry `nonce` count; `nonce` is fresh each time. */
export function livePage(page: Page, nonce: string): string {
  const policy =
    `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; ` +
    "base-uri 'none'; form-action 'none'";
  return [
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<title>${escaped(page.title)}</title><style nonce="${nonce}">${page.style}</style></head>`,
    `<body>${page.body}<script nonce="${nonce}">${SCRIPT}</script></body></html>`,
  ].join("\n");
}

/**
 * A report from disk, for when no server answers, with the policy as its first element. It is put in front of everything
 * but the doctype, not searched a place for: an HTML parser opens the head for it, and no text of the report can come
 * before it.
 */
export function underPolicy(html: string): string {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? "";
  return `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="${POLICY}">${html.slice(doctype.length)}`;
}

/** The message of a button; undefined for anything else. */
export function readWish(message: unknown): Wish | undefined {
  if (typeof message !== "object" || message === null) {
    return undefined;
  }
  const { act, path, line, id } = message as Record<string, unknown>;
  if (act === "teach" || act === "knowledge" || act === "browser") {
    return { act };
  }
  if (act === "open" && typeof path === "string" && typeof line === "string" && /^\d+$/.test(line)) {
    return { act, path, line: Number(line) };
  }
  if ((act === "case" || act === "forget") && typeof id === "string") {
    return { act, id };
  }
  return undefined;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
