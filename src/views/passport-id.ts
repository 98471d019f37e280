/** What has a job's passport posted in its thread: a button's action id, and a choice in the card's menu. */
export const passportId = 'passport';
