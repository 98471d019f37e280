/** What of a person or an account may stand in a text. */
export const secrets = ['email', 'phone', 'card-number', 'identity-number', 'key'] as const;
export type Secret = (typeof secrets)[number];

const email = /[\w.%+-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.){1,8}[a-z]{2,24}\b/i;

/** Digits as people write long numbers: in groups, with a country's plus or an area in brackets before them. */
const number = /(?:\+|\()?\d(?:[ .()/-]{0,2}\d){7,21}/g;

/** The least such number, sought first because it is found or not found fast. */
const eightDigits = new RegExp(Array(8).fill('\\d').join('[ .()/-]{0,2}'));

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

/** The kinds of personal data and secrets in a text; no number in it has more `digits`. */
export function secretsIn(text: string, digits: number): Set<Secret> {
  const found = new Set<Secret>();
  if (text.includes('@') && email.test(text)) found.add('email');
  if (mayHoldKey(text) && key.test(text)) found.add('key');
  if (digits >= 5 && medicalRecord.test(text)) found.add('identity-number');
  if (digits < 8 || !eightDigits.test(text)) return found;
  const numbers = text.match(number) ?? [];
  for (const candidate of numbers) addNumber(candidate, found);
  // Every IBAN has such a number in it.
  if (numbers.length && hasIban(text)) found.add('identity-number');
  return found;
}

function addNumber(candidate: string, found: Set<Secret>) {
  const digits = candidate.replace(/\D/g, '');
  if (isSocialSecurity(candidate) || isFrenchSocialSecurity(digits)) found.add('identity-number');
  else if (isCard(digits)) found.add('card-number');
  else if (isPhone(candidate, digits)) found.add('phone');
}

/** A card's number: 13 to 19 digits of a known network, with the check digit of Luhn. */
function isCard(digits: string): boolean {
  if (!/^(?:3[0-9]|4|5[0-9]|6[0-9]|2[2-7])\d{11,18}$/.test(digits) || digits.length > 19) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits.at(-1 - i));
    const doubled = i % 2 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0 && new Set(digits).size > 1;
}

/** A phone number as it is written: with its country's plus, an area in brackets, or in the groups of the United States or of France. */
function isPhone(candidate: string, digits: string): boolean {
  if (digits.length > 15) return false;
  if (candidate.startsWith('+')) return digits.length >= 9;
  return /^(?:\(\d{3}\) ?\d{3}[-. ]\d{4}|(?:1[-. ])?[2-9]\d{2}[-. ]\d{3}[-. ]\d{4}|0[1-9](?:[ .]\d{2}){4})$/.test(
    candidate,
  );
}

function isSocialSecurity(candidate: string): boolean {
  return /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(candidate);
}

/** The French number: 13 digits and a key, which is 97 less the rest by 97. */
function isFrenchSocialSecurity(digits: string): boolean {
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2])\d{10}$/.test(digits)) return false;
  return 97 - Number(BigInt(digits.slice(0, 13)) % 97n) === Number(digits.slice(13));
}

function hasIban(text: string): boolean {
  for (const [candidate] of text.matchAll(iban)) {
    const code = candidate.replaceAll(' ', '');
    if (code.length < 15 || code.length > 34) continue;
    const numbers = `${code.slice(4)}${code.slice(0, 4)}`.replace(/[A-Z]/g, letter =>
      String(letter.charCodeAt(0) - 55),
    );
    if (BigInt(numbers) % 97n === 1n) return true;
  }
  return false;
}
