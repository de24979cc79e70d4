// JSON of records, read without losing a digit: money (55.50) and long ids do not pass through a double.

// A string as a whole, so that nothing inside it is taken for a number; or a number.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;

/** As JSON.parse, but a number that would be shown with other digits than it has becomes the text of its digits. */
export function parseExact(text: string): unknown {
    return JSON.parse(text.replace(token, (found) => (found.startsWith('"') || String(Number(found)) === found ? found : `"${found}"`)));
}
