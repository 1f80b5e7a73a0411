/** On paper: light whatever the screen is, no navigation, nothing torn apart by the end of a page. */
export const paper = (light: string): string => `
@media print {
  :root {${light}
  --page: #fff; }
  @page { margin: 16mm 14mm; }
  body { font-size: 10pt; }
  .frame { display: block; max-width: none; padding: 0; }
  .rail, .skip, button, .tip, .cursor { display: none !important; }
  section { padding-top: 2rem; }
  .hero { padding-top: 0; }
  h2, h3 { break-after: avoid; }
  .chart, .example, tr, .tiles div { break-inside: avoid; }
  .diagram { overflow: visible; border: 0; padding: 0; }
  .diagram svg { max-width: 100%; height: auto; }
  a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
