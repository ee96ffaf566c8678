"""Write docs/reference/: a page for each module of this package."""

from reference.pages import FOLDER, PAGES

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / f"{name}.md").write_text(page(), "utf-8")
    print(f"docs/reference/: {len(PAGES)} pages")
