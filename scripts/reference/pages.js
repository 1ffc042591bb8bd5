// A plugin of TypeDoc: the page of src/index.ts is called after the package, and inherited members stand only where they are
// declared.

import { Converter, ReflectionKind } from "typedoc";

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const entry of project.children ?? []) if (entry.name === "index") entry.name = "disque";
  });
  // After TypeDoc has found out what is inherited, before it groups the members.
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
