// A plugin for TypeDoc. It names the page of src/index.ts after the package, and lists inherited members only where they are
// declared.

import { Converter, ReflectionKind } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const entry of project.children ?? []) if (entry.name === "index") entry.name = "disque";
  });
  // This runs after TypeDoc has found out which members are inherited, and before it groups them.
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }) => {
      for (const member of project
        .getReflectionsByKind(ReflectionKind.ClassOrInterface)
        .flatMap((each) => each.children ?? [])) {
        if (member.inheritedFrom !== undefined) project.removeReflection(member);
      }
    },
    -50,
  );
}
