import type { Intent } from './prompt.ts';

/** What a situation leaves open in braces, and the words that can fill it. */
export const slots: Record<string, readonly string[]> = {
  amount: ['€9.90', '24.90 euros', '€36', '59 euros', '€120', '18.50 euros'],
  count: ['3', '4', '5', '6', '8'],
  day: ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
  device: ['scanner', 'headset', 'speaker', 'scale', 'label printer', 'camera'],
  month: ['January', 'March', 'April', 'June', 'September', 'October', 'November'],
  order: ['20418', '20533', '20671', '20702', '20856', '20919', '21004'],
  plan: ['Starter', 'Team', 'Pro', 'Business', 'Family'],
  product: ['kettle', 'lamp', 'backpack', 'desk', 'headset', 'scale', 'monitor', 'speaker', 'keyboard'],
};

/** How a message may begin; those that end in a comma stand on a line of their own. */
export const openers = [
  'Hello.',
  'Hi there.',
  'Good morning.',
  'Hello Acme team,',
  'Dear Acme,',
  'Good evening,',
  'Sorry to bother you.',
  'I hope this is the right address.',
  'I found no answer in the help pages.',
  'Hi, hope you can help.',
  'This is my second message about this.',
  'Maybe you can help me.',
] as const;

/** How a message may end. */
export const closers = [
  'Thanks.',
  'Thank you for your help.',
  'Please advise.',
  'Kind regards',
  'I look forward to your answer.',
  'Could somebody look into this?',
  'Please answer this week.',
  'I have waited long enough for an answer.',
  'There is no rush.',
  'Let me know if you need anything else from me.',
  'A short answer is enough.',
  'I am rather annoyed by now.',
  'Please reply by e-mail, I cannot take calls.',
  'Best wishes from a customer of many years.',
] as const;

/** A remark that names another class than the message's own, so that no single word decides. */
export const asides = [
  'This has nothing to do with my other ticket, the one about {other}.',
  'I wrote to you about {other} before, this is something new.',
  'Please do not send me the page about {other} again.',
  'Your assistant thought that this was about {other}. It is not.',
] as const;

/** What an aside calls each class. */
export const topics: Record<Intent, string> = {
  billing: 'an invoice',
  cancellation: 'ending a plan',
  delivery: 'a late parcel',
  login: 'a forgotten password',
  refund: 'a refund',
  technical: 'an app crash',
};

/** Slips of the keyboard: the word that was meant, and what got typed. */
export const slips = [
  ['address', 'adress'],
  ['because', 'becuase'],
  ['charged', 'chraged'],
  ['received', 'recieved'],
  ['account', 'acount'],
  ['password', 'pasword'],
  ['cancel', 'cancle'],
  ['arrived', 'arived'],
  ['please', 'plese'],
  ['would', 'woud'],
  ['error', 'eror'],
  ['when', 'wehn'],
  ['with', 'wiht'],
] as const;
