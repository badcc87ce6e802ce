/** The editor's settings as the server reads them. Knows nothing of VS Code. */

/** `settings` of `initializationOptions` and of `workspace/didChangeConfiguration`: what is absent is not the editor's to say. */
export interface ServerSettings {
  student?: RoleSettings;
  teacher?: RoleSettings;
  data?: { database?: string; url?: string; password_env?: string; samples?: boolean };
  dialect?: string;
}

export interface RoleSettings {
  base_url?: string;
  model?: string;
}

/** Reads one setting by its name under `understudy.`, as VS Code stores it. */
export type ReadSetting = (name: string) => unknown;

/**
 * The settings the server is told. A blank one is left out rather than sent as "", because the project's own
 * configuration speaks where the editor is silent.
 */
export function serverSettings(read: ReadSetting): ServerSettings {
  const text = (name: string): string | undefined => {
    const value = read(name);
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const flag = (name: string): boolean | undefined => {
    const value = read(name);
    return typeof value === "boolean" ? value : undefined;
  };
  const said = withoutGaps({
    student: withoutGaps({ base_url: text("student.baseUrl"), model: text("student.model") }),
    teacher: withoutGaps({ base_url: text("teacher.baseUrl"), model: text("teacher.model") }),
    data: withoutGaps({
      database: text("data.database"),
      url: text("data.url"),
      password_env: text("data.passwordEnv"),
      samples: flag("data.samples"),
    }),
    dialect: text("dialect"),
  });
  return (said ?? {}) as ServerSettings;
}

/** The record without its undefined entries; undefined when nothing but gaps was in it. */
function withoutGaps<T extends object>(record: T): Partial<T> | undefined {
  const kept = Object.entries(record).filter(([, value]) => value !== undefined);
  return kept.length > 0 ? (Object.fromEntries(kept) as Partial<T>) : undefined;
}
