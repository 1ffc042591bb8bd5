/** The anchors of a page's headings, in their order, as GitHub names them. */
export function anchorsOf(markdown: string): { readonly title: string; readonly anchor: string }[] {
  const counts = new Map<string, number>();
  const withoutCode = markdown.replaceAll(/^( *)```.*?^ *```$/gms, "");
  return Array.from(withoutCode.matchAll(/^#{1,6} (.*)$/gm), ([, title = ""]) => {
    const slug = title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return { title, anchor: count === 0 ? slug : `${slug}-${count}` };
  });
}
