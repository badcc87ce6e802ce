import assert from "node:assert/strict";
import { test } from "node:test";
import { underPolicy } from "../src/page";

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
