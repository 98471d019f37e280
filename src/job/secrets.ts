/** What of a person or an account may stand in a text. */
export const secrets = ['email', 'phone', 'card-number', 'identity-number', 'key'] as const;
export type Secret = (typeof secrets)[number];

const email = /[\w.%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.){1,8}[a-z]{2,24}\b/i;

/** The shortest number looked for, sought first because it is found or not found fast. */
const eightDigits = new RegExp(Array(8).fill('\\d').join('[ .()/-]{0,2}'));

/** As long as a card's number, in its groups or in one. What hangs together with letters or other numbers, as in names of messages and files, is none: so with all below. */
const card = /(?<![\w.+-])(?:\d{14,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})(?![\w-]|\.\d)/g;

/** How a network's numbers begin, and how long they are. */
const networks: readonly [beginning: RegExp, lengths: readonly number[]][] = [
  [/^4/, [16, 19]], // Visa
  [/^(?:5[1-5]|2[2-7])/, [16]], // Mastercard
  [/^3[47]/, [15]], // American Express
  [/^3(?:0[0-5]|[689])/, [14, 16, 19]], // Diners Club
  [/^35/, [16, 19]], // JCB
  [/^6(?:011|4[4-9]|5|2)/, [16, 19]], // Discover, UnionPay
  [/^(?:50|5[6-9]|6[37])/, [16, 18, 19]], // Maestro
];

/** With its country's plus, an area in brackets, or in the groups of the United States or of France. */
const phone =
  /(?<![\w+])\+\d(?:[ .()/-]{0,2}\d){8,14}(?![\d@])|(?:\(\d{3}\) ?|(?<![\w.+-])(?:1[-. ])?[2-9]\d{2}[-. ])\d{3}[-. ]\d{4}(?!\d|[-.]\d)|(?<![\w.+-])0[1-9](?:[ .]\d{2}){4}(?!\d|[-.]\d)/;

const socialSecurity = /(?<![\w.-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-]|\.\d)/;
const frenchSocialSecurity = /(?<![\w.-])[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?\d{2} ?\d{3} ?\d{3} ?\d{2}(?![\w-]|\.\d)/g;

/** Beginnings that only keys and tokens have: AWS, Google, GitHub, GitLab, Slack, Stripe, OpenAI, Hugging Face, npm, JSON web tokens, PEM. */
const key =
  /\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|gh[opsur]_\w{36}|github_pat_\w{22,}|glpat-[\w-]{20}|xox[abeoprs]-[\w-]{10,}|[rs]k_(?:live|test)_\w{16,}|sk-[\w-]{20,}|hf_[A-Za-z]{30,}|npm_\w{36}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,})|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** What keys have in them, by a sign of it that texts rarely have: that one is found, or not found, fastest. */
const marks = Object.entries({
  A: ['AKIA', 'ASIA', 'AIza'],
  J: ['.eyJ'],
  9: ['ya29.'],
  '-': ['-----BEGIN', 'sk-', 'xox', 'glpat-'],
  _: ['gho_', 'ghp_', 'ghs_', 'ghu_', 'ghr_', '_pat_', 'k_live_', 'k_test_', 'hf_', 'npm_'],
});

function mayHoldKey(text: string): boolean {
  return marks.some(([sign, all]) => text.includes(sign) && all.some(mark => text.includes(mark)));
}

const iban = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g;
const medicalRecord = /\b(?:MRN|[Mm]edical [Rr]ecord (?:[Nn]umber|[Nn]o\.?))\W{0,3}\d{5,12}\b/;

/** Sought by what is found, or not found, much faster than the pattern. */
function mayNameRecord(text: string): boolean {
  return text.includes('MRN') || text.includes('Medica') || text.includes('medica');
}

/** The kinds of personal data and secrets in a text; no number in it has more `digits`. */
export function secretsIn(text: string, digits: number): Set<Secret> {
  const found = new Set<Secret>();
  if (text.includes('@') && email.test(text)) found.add('email');
  if (mayHoldKey(text) && key.test(text)) found.add('key');
  if (digits >= 5 && mayNameRecord(text) && medicalRecord.test(text)) found.add('identity-number');
  if (digits < 8 || !eightDigits.test(text)) return found;
  if (anyOf(text, card, isCard)) found.add('card-number');
  if (socialSecurity.test(text) || anyOf(text, frenchSocialSecurity, isFrench) || anyOf(text, iban, isIban))
    found.add('identity-number');
  if (phone.test(text)) found.add('phone');
  return found;
}

function anyOf(text: string, pattern: RegExp, isOne: (code: string) => boolean): boolean {
  for (const [found] of text.matchAll(pattern)) if (isOne(found.replace(/[ -]/g, ''))) return true;
  return false;
}

/** Of a known network, with the check digit of Luhn. */
function isCard(digits: string): boolean {
  if (!networks.some(([beginning, lengths]) => beginning.test(digits) && lengths.includes(digits.length))) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    const doubled = i % 2 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && new Set(digits).size > 1;
}

/** 13 digits and a key, which is 97 less the rest by 97. */
function isFrench(digits: string): boolean {
  return 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));
}

/** What stands first, put last and its letters as numbers, leaves a rest of 1 by 97. */
function isIban(code: string): boolean {
  if (code.length < 15 || code.length > 34) return false;
  const numbers = `${code.slice(4)}${code.slice(0, 4)}`.replace(/[A-Z]/g, letter => String(letter.charCodeAt(0) - 55));
  return BigInt(numbers) % 97n === 1n;
}
