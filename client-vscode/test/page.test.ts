import assert from "node:assert/strict";
import { test } from "node:test";
import { livePage, readWish, underPolicy } from "../src/page";

const POLICY =
  /^<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src 'none';[^"]*">/;

test("the policy comes before anything the report says", () => {
  for (const html of [
    "<!doctype html>\n<html><head>",
    "<!-- <head> --><html><head><script>",
    "<p>bare</p>",
    "",
  ]) {
    assert.match(underPolicy(html), POLICY);
  }
});

test("the report itself is kept, and its doctype is not doubled", () => {
  const page = underPolicy("<!DOCTYPE HTML><html><body><h1>Lessons</h1></body></html>");
  assert.ok(page.endsWith("<html><body><h1>Lessons</h1></body></html>"));
  assert.equal(page.match(/<!doctype/gi)?.length, 1);
});

test("the page with buttons lets in only what carries its nonce", () => {
  const page = { title: "</title><script>", style: "b{}", body: "<p>x</p>", file: "/r.html" };
  const html = livePage(page, "abc");
  assert.match(html, /default-src 'none'; style-src 'nonce-abc'; script-src 'nonce-abc'; base-uri 'none'/);
  assert.doesNotMatch(html, /unsafe-inline|https?:/);
  assert.equal(html.match(/<script/g)?.length, 1);
});

test("only the messages that buttons send are understood", () => {
  assert.deepEqual(readWish({ act: "teach", extra: 1 }), { act: "teach" });
  assert.deepEqual(readWish({ act: "open", path: "a.sql", line: "12" }), {
    act: "open",
    path: "a.sql",
    line: 12,
  });
  assert.deepEqual(readWish({ act: "forget", id: "c1" }), { act: "forget", id: "c1" });
  for (const nonsense of [
    null,
    "teach",
    {},
    { act: "rm" },
    { act: "open", path: "a", line: "x" },
    { act: "case" },
  ]) {
    assert.equal(readWish(nonsense), undefined);
  }
});
