/** The report as a page that can do nothing but be looked at. Knows nothing of VS Code. */

/** No script, no request, no form: a report quotes model-written code and project text, which may be hostile. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'";

/**
 * The report's HTML with the policy as its first element. It is put in front of everything but the doctype, not
 * searched a place for: an HTML parser opens the head for it, and no text of the report can come before it.
 */
export function underPolicy(html: string): string {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? "";
  return `<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="${POLICY}">${html.slice(doctype.length)}`;
}
