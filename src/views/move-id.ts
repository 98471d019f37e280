/** What opens the form to move a job to another recipe: the choice on its card begins with it, and a button for a second try has it as its id. */
export const moveId = 'move';
