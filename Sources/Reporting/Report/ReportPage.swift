/// The page around a report: one file, no script, nothing from elsewhere.
struct ReportPage {
  /// The page's title.
  var title: String
  /// What stands under the title.
  var subtitle: String
  /// The sections, HTML already.
  var body: String

  /// The whole document.
  var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(HTML.escape(title))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(HTML.escape(title))</h1>
    <p>\(HTML.escape(subtitle))</p>
    </header>
    <main>
    \(body)</main>
    <footer>Written by anneal.</footer>
    </body>
    </html>

    """
  }

  /// Colours by role, set once for light and once for dark; the series are told apart by the colour-blind too.
  private static let style = """
    :root {
      --paper: #fcfcfa; --card: #ffffff; --ink: #1b1d21; --soft: #626873; --line: #e3e4e0; --accent: #0a66c2;
      --s0: #0a66c2; --s1: #bb5408; --s2: #11835a; --s3: #8a4bb8; --s4: #c22f4c; --s5: #8a6d00; --s6: #0a7d88;
      --s7: #6b7280; --hot: 10, 102, 194; --wrong: 194, 47, 76;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14161a; --card: #1b1e24; --ink: #e7e8ea; --soft: #9aa1ad; --line: #2e323a; --accent: #6db1ff;
        --s0: #6db1ff; --s1: #ff9e57; --s2: #4fcb9b; --s3: #c796f2; --s4: #ff7d95; --s5: #d8bd4a; --s6: #53cfdb;
        --s7: #a3abb8; --hot: 70, 140, 220; --wrong: 225, 85, 112;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 60rem; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
    }
    h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
    h2 { font-size: 1.1rem; margin: 2.2rem 0 0.7rem; }
    header p, footer, .note { color: var(--soft); }
    header p { margin: 0.35rem 0 0; }
    footer { margin-top: 3rem; font-size: 0.85rem; }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: 0.7rem; margin: 1.5rem 0 0; }
    .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.7rem 0.85rem; }
    .facts dt { color: var(--soft); font-size: 0.8rem; }
    .facts dd { margin: 0.1rem 0 0; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
    figure {
      margin: 0 0 1rem; padding: 0.8rem 0.9rem 0.5rem; background: var(--card); border: 1px solid var(--line);
      border-radius: 0.6rem; break-inside: avoid;
    }
    figcaption { font-size: 0.9rem; margin-bottom: 0.3rem; }
    .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 0 1rem; }
    svg { display: block; width: 100%; height: auto; }
    svg text { font: 11px system-ui, "DejaVu Sans", sans-serif; fill: var(--soft); }
    svg .grid { stroke: var(--line); fill: none; }
    svg .mark { stroke: var(--soft); stroke-dasharray: 2 3; fill: none; }
    svg text.mark { stroke: none; fill: var(--soft); }
    svg .level { stroke: var(--ink); stroke-dasharray: 5 4; stroke-opacity: 0.55; fill: none; }
    svg text.level { stroke: none; fill: var(--ink); }
    svg .line path { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
    svg circle { fill: currentColor; }
    .key { white-space: nowrap; margin-left: 0.9rem; }
    .key::before {
      content: ""; display: inline-block; width: 0.9em; height: 0.22em; border-radius: 1px; background: currentColor;
      margin-right: 0.4em; vertical-align: middle;
    }
    .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
    .s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); } .s7 { color: var(--s7); }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
    th { text-align: left; color: var(--soft); font-weight: 500; font-size: 0.82rem; white-space: nowrap; }
    th, td { padding: 0.4rem 0.9rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
    .number { text-align: right; white-space: nowrap; }
    td { white-space: nowrap; } td.text { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
    @media (max-width: 40rem) {
      svg.wide text { font-size: 20px; } svg.wide .line path { stroke-width: 3; } svg.narrow text { font-size: 13px; }
      th, td { padding-right: 0.6rem; } td.text { min-width: 9rem; }
    }
    .attention { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 0 1rem; }
    svg.narrow text { font-size: 13px; } svg .cell { fill: var(--s0); }
    .matrix { width: auto; } .matrix td, .matrix th { padding: 0.45rem 0.9rem; text-align: center; border: 0; }
    .matrix td.number { border-radius: 0.4rem; min-width: 4.5rem; text-align: center; }
    pre, code { font: 0.85rem/1.5 ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
    pre {
      background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.8rem 1rem;
      overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.5rem 0;
    }
    summary { cursor: pointer; color: var(--accent); }
    @media print {
      :root {
        --paper: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --line: #cccccc;
        --s0: #0a66c2; --s1: #bb5408; --s2: #11835a; --s3: #8a4bb8; --s4: #c22f4c; --s5: #8a6d00; --s6: #0a7d88;
        --s7: #6b7280;
      }
      body { max-width: none; padding: 0; font-size: 11pt; }
      figure, .facts div, tr { break-inside: avoid; }
    }
    """
}
