import { customAlphabet } from 'nanoid';

/** A new job's id: short enough to type, long enough (36^12) that two never meet, of characters that labels and pipeline job ids allow. */
export const newId = customAlphabet('0123456789abcdefghijklmnopqrstuvwxyz', 12);
