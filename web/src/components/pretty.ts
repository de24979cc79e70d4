// Lays out JSON text by its brackets alone: numbers, escapes and the order of members stay as they came.

export function pretty(text: string): string {
    let out = '';
    let depth = 0;
    let inString = false;
    for (let at = 0; at < text.length; ++at) {
        const c = text.charAt(at);
        if (inString) {
            out += c;
            if (c === '\\') out += text.charAt(++at);
            else if (c === '"') inString = false;
        } else if (c === '"') {
            inString = true;
            out += c;
        } else if (c === '{' || c === '[') {
            const close = c === '{' ? '}' : ']';
            let next = at + 1;
            while (/\s/.test(text.charAt(next))) ++next;
            if (text.charAt(next) === close) {
                out += c + close;
                at = next;
            } else {
                out += `${c}\n${'  '.repeat(++depth)}`;
            }
        } else if (c === '}' || c === ']') {
            depth = Math.max(0, depth - 1);
            out += `\n${'  '.repeat(depth)}${c}`;
        } else if (c === ',') {
            out += `,\n${'  '.repeat(depth)}`;
        } else if (c === ':') {
            out += ': ';
        } else if (!/\s/.test(c)) {
            out += c;
        }
    }
    return out;
}
