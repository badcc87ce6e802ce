import assert from "node:assert/strict";
import { test } from "node:test";
import { serverSettings } from "../src/settings";

function settings(stored: Record<string, unknown>) {
  return serverSettings((name) => stored[name]);
}

test("what the editor leaves blank is not sent, so the project's own configuration stands", () => {
  assert.deepEqual(settings({ "student.baseUrl": "", "student.model": "  ", dialect: "" }), {});
});

test("names become the server's, and nest as it reads them", () => {
  assert.deepEqual(
    settings({
      "student.baseUrl": "http://127.0.0.1:8000/v1",
      "student.model": "small",
      "teacher.model": "large",
      "data.url": "postgresql://reader@db/shop",
      "data.passwordEnv": "SHOP_PASSWORD",
      "data.samples": false,
      dialect: "sqlite",
    }),
    {
      student: { base_url: "http://127.0.0.1:8000/v1", model: "small" },
      teacher: { model: "large" },
      data: { url: "postgresql://reader@db/shop", password_env: "SHOP_PASSWORD", samples: false },
      dialect: "sqlite",
    },
  );
});

test("a value that is not text is left out", () => {
  assert.deepEqual(settings({ dialect: 7, "data.database": null, "data.samples": null }), {});
});
