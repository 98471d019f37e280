/** Why somebody may not do a thing. */
export type Refusal =
  | 'not-a-member'
  | 'not-a-launcher'
  | 'not-an-approver'
  | 'own-job'
  | 'not-theirs'
  | 'not-the-requester'
  | 'not-a-governor'
  | 'shared-channel';

/** Whether somebody may do a thing, and if not, why. */
export type Permission = 'yes' | Refusal;
