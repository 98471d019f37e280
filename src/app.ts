import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { BlockAction, Logger, SlashCommand, ViewOutput } from '@slack/bolt';
import { App, LogLevel } from '@slack/bolt';
import type { ModalView } from '@slack/types';
import pLimit from 'p-limit';
import type { Listening, Route } from './clients/listener.ts';
import type { Deliveries } from './clients/slack-deliveries.ts';
import { isMovable, isSuccessor } from './job/carry-over.ts';
import type { Job, JobId, Person } from './job/job.ts';
import { mendings } from './job/mend.ts';
import type { RecipeId } from './job/recipe.ts';
import { advance } from './steps/advance.ts';
import type { OpenForm } from './steps/ask.ts';
import { openForm, recompute } from './steps/ask.ts';
import { auditOf, findJob, helpText, listJobs, quotas, requestOf, statusOf, wishPassport } from './steps/browse.ts';
import { compareJobs } from './steps/compare.ts';
import type { Outcome } from './steps/decide.ts';
import { decide, known, mayDecide, mute, wishCancel, wishUndeploy } from './steps/decide.ts';
import type { Followed } from './steps/follow.ts';
import { askAgain, switchOver, switchPlan } from './steps/follow.ts';
import { pause } from './steps/govern.ts';
import { homeOf } from './steps/home.ts';
import { mayLaunch, maySee } from './steps/may.ts';
import { askInstruction, mend } from './steps/mend.ts';
import { poll } from './steps/poll.ts';
import { readBy } from './steps/reader.ts';
import { listModels } from './steps/registry.ts';
import { submit } from './steps/submit.ts';
import { openTrial, wishTrial } from './steps/try.ts';
import { inWindow, openAgain, sentence, whoDecided, whoMay } from './views/answer.ts';
import { approvalIds, denialForm, readDenial } from './views/approval.ts';
import { cardIds } from './views/card.ts';
import { whatToName } from './views/compare.ts';
import { form, suggested } from './views/form.ts';
import { listIds, lists } from './views/list.ts';
import { instructionId, mendIds, readInstruction } from './views/mend.ts';
import { moveId } from './views/move-id.ts';
import { muteIds } from './views/mute-ids.ts';
import { passportId } from './views/passport-id.ts';
import { followIds, secondTryId } from './views/post.ts';
import { preferIds } from './views/prefer-ids.ts';
import { switchIds } from './views/switch-ids.ts';
import { limits } from './views/text.ts';
import { readTrial, trialIds, wrongIn } from './views/trial.ts';
import { undeployId } from './views/undeploy.ts';
import type { Words } from './views/words.ts';
import { wordsIn } from './views/words.ts';
import type { Deadline, Message, World } from './world.ts';
import { Newer, SlackTrouble, StoreUnavailable } from './world.ts';

/** What the doors need besides the world: how Slack's deliveries come in, who we are there, what listens, and whose knock is ours. */
export interface Doors {
  deliveries: Deliveries;
  botToken: string;
  apiUrl: string;
  workspace: { botId: string; botUser: string };
  listen(routes: readonly Route[]): Promise<Listening>;
  /** Whether a knock is ours; where nobody is to knock, there is no such door. */
  isOurs?: (authorization: string | undefined) => Promise<boolean>;
}

/** Slack gives up after three seconds, and a person looks at a form: an answer leaves before this, in milliseconds. */
const longestAnswer = 2300;
/** How many pieces of work go on at once after their acknowledgement, and how many wait for their turn: more are left to the next knock, so that acknowledging comes first. */
const courtesies = { together: 4, waiting: 20 };

/** Joins every door to its step. Each commits a fact, acknowledges, and moves the job on; what is lost after the acknowledgement the next knock redoes. */
export function createApp(world: World, doors: Doors) {
  const { settings, log, slack, clock } = world;
  const underWay = new Set<Promise<void>>();
  const courtesy = pLimit(courtesies.together);
  const { deliveries } = doors;
  let listening: Listening | undefined;

  /** Goes on after the acknowledgement. */
  function after(work: Promise<unknown>, door: string) {
    const done: Promise<void> = work
      .then(() => undefined)
      .catch(error => log.error('Work after an acknowledgement failed', { door, code: nameOf(error) }, error))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  }

  /** Moves a job on after the acknowledgement. A courtesy: the poll is the guarantee. */
  function goOn(job: JobId, door: string) {
    if (courtesy.pendingCount < courtesies.waiting)
      after(
        courtesy(() => advance(job, world)),
        door,
      );
  }

  /** Moves a job on where a wish may have changed it: one that comes too late may have found its request expired. */
  function seenTo(outcome: Outcome, door: string) {
    if (outcome.is === 'done' || outcome.is === 'late') goOn(outcome.job.id, door);
  }

  /** Somebody who waits for an answer: in time, and in their language. */
  async function asking(user: string): Promise<Asker> {
    const deadline = { at: clock.steady() + longestAnswer, sent: false };
    const theirs = await readBy(user, { ...world, jobs: world.jobs.hurried(deadline) });
    return { world: theirs, words: wordsIn(theirs.settings.language), deadline };
  }

  // Bolt's own sentences may hold whole payloads: only that it said something is kept.
  const logger: Logger = {
    debug() {},
    info() {},
    warn: () => log.warn('Bolt warned of something', { door: 'slack' }),
    error: () => log.error('Bolt could not handle something', { door: 'slack' }),
    setLevel() {},
    getLevel: () => LogLevel.WARN,
    setName() {},
  };
  const { isOurs } = doors;
  const routes: Route[] = [
    ...(deliveries.handle ? [{ path: '/slack/events', method: 'POST', handle: deliveries.handle } as const] : []),
    ...(isOurs ? [{ path: '/poll', method: 'POST', handle: knocks(isOurs) } as const] : []),
    { path: '/health', method: 'GET', handle: (_, response) => answer(response, 200, { ok: true }) },
  ];
  const app = new App({
    receiver: deliveries.receiver,
    authorize: async () => ({
      botToken: doors.botToken,
      botId: doors.workspace.botId,
      botUserId: doors.workspace.botUser,
    }),
    clientOptions: { slackApiUrl: doors.apiUrl, retryConfig: { retries: 0 } },
    convoStore: false,
    logger,
    deferInitialization: true,
  });

  function knocks(isOurs: NonNullable<Doors['isOurs']>) {
    return async (request: IncomingMessage, response: ServerResponse) => {
      try {
        if (!(await isOurs(request.headers.authorization))) {
          log.warn('A knock was refused', { door: 'poll', code: 401 });
          return answer(response, 401);
        }
        answer(response, 200, await poll(world));
      } catch (error) {
        log.error('A knock was not answered in full', { door: 'poll', code: nameOf(error) }, error);
        answer(response, error instanceof StoreUnavailable ? 503 : 500);
      }
    };
  }

  // ─── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

  type Answer = Message | undefined;

  /** Answers a command. What takes longer than an acknowledgement may is said `afterwards`, in a message of its own. */
  type Command = (
    rest: string,
    command: SlashCommand,
    asker: Asker,
    afterwards: (work: () => Promise<Answer>) => void,
  ) => Promise<Answer>;

  const commands: Record<string, Command> = {
    help: async (_, __, { world }) => helpText(world),
    list: (rest, command, asker) =>
      toMembers(command.user_id, asker, async () => {
        const of = rest.toLowerCase() || 'all';
        return (await listJobs({ of, user: command.user_id }, asker.world)) ?? helpText(asker.world, `list ${rest}`);
      }),
    status: (rest, command, asker) =>
      toMembers(command.user_id, asker, () => about(rest, asker, () => statusOf(rest, asker.world))),
    cancel: async (rest, command, { world, words }) => {
      const job = rest ? await findJob(rest, world) : undefined;
      if (!job) return rest ? sentence(words.answers.noSuchJob(rest)) : helpText(world);
      const outcome = await wishCancel(job.id, { by: personOf(command) }, world);
      seenTo(outcome, 'command');
      return sentence(words.answers.cancelled(outcome));
    },
    move: async (rest, command, asker) => {
      const { world, words } = asker;
      if (!rest) return sentence(words.carryOver.which);
      const job = await findJob(rest, world);
      if (!job) return sentence(words.answers.noSuchJob(rest));
      const asked = { trigger: command.trigger_id, channel: command.channel_id, user: command.user_id };
      return moveOver(job, asked, asker);
    },
    switch: async (rest, command, asker) => {
      const { world, words } = asker;
      const job = rest ? await findJob(rest, world) : undefined;
      if (!job) return rest ? sentence(words.answers.noSuchJob(rest)) : helpText(world);
      return openSwitch({ job: job.id, by: personOf(command), trigger: command.trigger_id }, asker);
    },
    compare: (rest, command, asker, afterwards) =>
      toMembers(command.user_id, asker, async () => {
        const [a, b, ...more] = rest.split(' ');
        const { words } = asker;
        if (!a || !b || more.length) return whatToName(words);
        const compared = await compareJobs([a, b], asker.world);
        if (compared.is === 'no-such-job') return sentence(words.answers.noSuchJob(compared.asked));
        afterwards(compared.chart);
        return compared.message;
      }),
    models: (_, command, asker) => toMembers(command.user_id, asker, () => listModels(asker.world)),
    quota: (_, command, asker) => toMembers(command.user_id, asker, () => quotas(asker.world)),
    audit: (rest, command, asker) =>
      toMembers(command.user_id, asker, () => about(rest, asker, () => auditOf(rest, asker.world))),
    pause: (_, command, asker) => govern('pause', command, asker),
    resume: (_, command, asker) => govern('resume', command, asker),
  };

  /** An answer about what was named: where nothing was, what can be asked. */
  async function about(named: string, { world, words }: Asker, work: () => Promise<Answer>): Promise<Answer> {
    return named ? ((await work()) ?? sentence(words.answers.noSuchJob(named))) : helpText(world);
  }

  async function govern(wish: 'pause' | 'resume', command: SlashCommand, { world, words }: Asker): Promise<Answer> {
    const asked = { by: personOf(command), inbox: `command:${command.trigger_id}` };
    const permission = await pause(wish, asked, world);
    if (permission !== 'yes') return sentence(words.permission(permission));
    return sentence(wish === 'pause' ? words.answers.paused : words.answers.resumed);
  }

  /** Shows what switching a job to the other accelerator would change; it is switched when that is agreed to. */
  async function openSwitch(
    { job, by, trigger }: Pick<Press, 'job' | 'by' | 'trigger'>,
    { world, words }: Asker,
  ): Promise<Answer> {
    const view = await switchPlan(job, by, world);
    if ('text' in view) return view;
    return (await slack.openView(view, trigger)) === 'expired' ? sentence(words.answers.tooLate) : undefined;
  }

  app.command('/distill', async ({ command, ack, respond }) => {
    const [name = '', ...rest] = command.text.trim().split(/\s+/);
    const ephemeral = (message: Message) => ({ response_type: 'ephemeral', ...message }) as const;
    const asker = await asking(command.user_id);
    if (name) {
      const run = own(commands, name.toLowerCase()) ?? (async () => helpText(asker.world, name));
      const later: (() => Promise<Answer>)[] = [];
      const message = await guarded(
        asker,
        () => run(rest.join(' '), command, asker, work => later.push(work)),
        'command',
      );
      await ack(message && ephemeral(message));
      for (const work of later)
        after(
          work().then(said => said && respond(ephemeral(said))),
          'command',
        );
      return;
    }
    const asked = { trigger: command.trigger_id, channel: command.channel_id, user: command.user_id };
    const message = await guarded(asker, () => ask(asked, asker), 'command');
    await ack();
    if (message) after(respond(ephemeral(message)), 'command');
  });

  async function toMembers(user: string, { words }: Asker, work: () => Promise<Answer>): Promise<Answer> {
    const permission = await maySee(user, world);
    return permission === 'yes' ? work() : sentence(words.permission(permission));
  }

  async function ask(
    asked: {
      trigger: string;
      channel: string;
      user: string;
      again?: Job | undefined;
      after?: boolean | undefined;
      mended?: boolean | undefined;
      to?: RecipeId | undefined;
    },
    { words, world: { settings } }: Asker,
  ): Promise<Answer> {
    const opener = asked.to ? moveId : asked.mended ? secondTryId : form.open;
    const tooLate = () => openAgain(words, asked.again?.id, opener);
    try {
      const permission = await mayLaunch(asked.user, world);
      if (permission !== 'yes') return sentence(words.permission(permission));
      const opened = await openForm(asked, { ...world, settings });
      if (opened === 'expired') return tooLate();
      after(opened.complete(), 'form');
      return undefined;
    } catch (error) {
      // Slack took so long over something else that the trigger is as good as expired.
      if (error instanceof SlackTrouble && error.kind !== 'refused') return tooLate();
      throw error;
    }
  }

  /** Opens the form to move a job to the first recipe on offer that runs today. */
  async function moveOver(
    job: Job,
    asked: { trigger: string; channel: string; user: string },
    asker: Asker,
  ): Promise<Answer> {
    const { words } = asker;
    const permission = await mayLaunch(asked.user, world);
    if (permission !== 'yes') return sentence(words.permission(permission));
    if (!isMovable(job.spec)) return sentence(words.carryOver.runsToday(job.spec.modelName));
    const to = settings.recipes.find(isSuccessor);
    return to ? ask({ ...asked, again: job, to }, asker) : sentence(words.carryOver.noneOffered);
  }

  // ─── buttons, and fields of an open form ───────────────────────────────────────────────────────────────────────────

  const presses: Record<string, (pressed: Press, asker: Asker) => Promise<Answer>> = {
    [approvalIds.approve]: async (pressed, { world, words }) =>
      told(await decide(pressed.job, { approve: true }, pressed, world), words),
    [approvalIds.deny]: async (pressed, { world, words }) => {
      const hindrance = await mayDecide(pressed.job, pressed, world);
      if (hindrance) return told(hindrance, words);
      const opened = await slack.openView(denialForm(pressed.job, words), pressed.trigger);
      return opened === 'expired' ? sentence(words.answers.tooLate) : undefined;
    },
    [cardIds.cancel]: async (pressed, { world, words }) => told(await wishCancel(pressed.job, pressed, world), words),
    [undeployId]: async (pressed, { world, words }) => {
      const outcome = await wishUndeploy(pressed.job, pressed, world);
      return outcome.is === 'late' ? sentence(words.undeploy.late) : told(outcome, words);
    },
    [trialIds.open]: async (pressed, { world, words }) => {
      const view = await openTrial(pressed.job, pressed, world);
      if ('text' in view) return view;
      return (await slack.openView(view, pressed.trigger)) === 'expired' ? sentence(words.answers.tooLate) : undefined;
    },
    [cardIds.again]: openFilled,
    [form.open]: openFilled,
    [secondTryId]: (pressed, asker) => openFilled(pressed, asker, { mended: true }),
    [moveId]: pressMove,
    [followIds.again]: async (pressed, { world, words }) =>
      goneOn(await askAgain(pressed.job, pressed.by, world), words),
    [followIds.changed]: async (pressed, asker) => {
      const job = await asker.world.jobs.get(pressed.job);
      return job?.heir
        ? sentence(asker.words.answers.alreadyFollowed(job.heir))
        : openFilled(pressed, asker, { after: true });
    },
    ...Object.fromEntries(
      mendings.map(mending => [
        mendIds[mending],
        async (pressed: Press, asker: Asker) =>
          mending === 'add-instruction'
            ? openInstruction(pressed, asker)
            : goneOn(await mend(pressed.job, { mending }, pressed.by, asker.world), asker.words),
      ]),
    ),
    [passportId]: handOut,
    [preferIds.on]: (pressed, asker) => prefer(pressed, true, asker),
    [preferIds.off]: (pressed, asker) => prefer(pressed, false, asker),
    [cardIds.more]: (pressed, asker) => (own(choices, pressed.choice) ?? openRequest)(pressed, asker),
  };

  /** What stands in the place of the private answer it is pressed on. A job that is named there may be any. */
  const turns: Record<string, (pressed: Press, asker: Asker) => Promise<Answer>> = {
    ...Object.fromEntries(lists.map(of => [listIds[of], ({ by }: Press, asker: Asker) => turnTo(of, { by }, asker)])),
    [listIds.older]: ({ choice, job, by }, asker) => turnTo(choice, { by, after: job }, asker),
    [listIds.show]: (pressed, asker) =>
      toMembers(pressed.by.user, asker, () => about(pressed.job, asker, () => statusOf(pressed.job, asker.world))),
  };

  function turnTo(of: string, { by: { user }, after }: { by: Person; after?: JobId }, asker: Asker): Promise<Answer> {
    return toMembers(user, asker, () => listJobs({ of, user, after }, asker.world));
  }

  /** What can be chosen in a card's menu besides its request. */
  const choices: Record<string, (pressed: Press, asker: Asker) => Promise<Answer>> = {
    [moveId]: pressMove,
    [switchIds.open]: openSwitch,
    [passportId]: handOut,
    [muteIds.on]: (pressed, asker) => muteFor(pressed, true, asker),
    [muteIds.off]: (pressed, asker) => muteFor(pressed, false, asker),
  };

  function muteFor(pressed: Press, on: boolean, asker: Asker): Promise<Answer> {
    const { words, world } = asker;
    return toMembers(pressed.by.user, asker, async () => {
      const job = await mute(pressed.job, on, pressed, world);
      if (!job) return sentence(words.answers.noSuchJob(pressed.job));
      goOn(job.id, 'button');
      return sentence((on ? words.mute.isOn : words.mute.isOff)(job.spec.modelName));
    });
  }

  /** Remembers a choice; App Home, where it is made, is drawn anew with it. */
  function prefer({ by }: Press, direct: boolean, asker: Asker): Promise<Answer> {
    return toMembers(by.user, asker, async () => {
      await asker.world.preferences.prefer(by.user, direct);
      return undefined;
    });
  }

  async function handOut({ job, by }: Press, { world }: Asker): Promise<Answer> {
    const { message, isNew } = await wishPassport(job, by, world);
    if (isNew) goOn(job, 'button');
    return message;
  }

  function openRequest({ job, by, trigger }: Press, asker: Asker): Promise<Answer> {
    const { words, world } = asker;
    return toMembers(by.user, asker, async () => {
      const view = await requestOf(job, world);
      if (!view) return sentence(words.answers.noSuchJob(job));
      return (await slack.openView(view, trigger)) === 'expired' ? sentence(words.answers.tooLate) : undefined;
    });
  }

  /** Asks for the instruction that every row gets. */
  async function openInstruction({ job, by, trigger }: Press, { world, words }: Asker): Promise<Answer> {
    const view = await askInstruction(job, by, world);
    if ('text' in view) return view;
    return (await slack.openView(view, trigger)) === 'expired' ? sentence(words.answers.tooLate) : undefined;
  }

  /** Opens the form as a job was asked for, or empty where no job is named. */
  async function openFilled(
    { job, trigger, place, by }: Press,
    asker: Asker,
    how: { after?: boolean; mended?: boolean } = {},
  ) {
    const again = job ? await asker.world.jobs.get(job) : undefined;
    return ask({ trigger, channel: place ?? again?.channel ?? '', user: by.user, again, ...how }, asker);
  }

  async function pressMove({ job: id, trigger, place, by }: Press, asker: Asker): Promise<Answer> {
    const job = await asker.world.jobs.get(id);
    if (!job) return sentence(asker.words.answers.noSuchJob(id));
    return moveOver(job, { trigger, channel: place ?? job.channel, user: by.user }, asker);
  }

  /** What a person is told who had a job followed by another: nothing where the card shows it anyway. */
  function goneOn(outcome: Followed, words: Words): Answer {
    if (outcome.is === 'done') {
      goOn(outcome.job.id, 'button');
      if (outcome.job.from) goOn(outcome.job.from, 'button');
      return undefined;
    }
    if (outcome.is === 'wrong') return sentence(outcome.problems.map(words.problem).join(' '));
    if (outcome.is === 'braked') return sentence(words.brake(outcome.brake));
    if (outcome.is === 'late' && outcome.job.heir) return sentence(words.answers.alreadyFollowed(outcome.job.heir));
    return sentence(words.answers.outcome(outcome, settings.approvers));
  }

  /** What a person who pressed is told, and nobody else: nothing where the card shows it anyway. */
  function told(outcome: Outcome, words: Words): Answer {
    seenTo(outcome, 'button');
    if (outcome.is === 'done')
      return outcome.job.state === 'queued' && outcome.job.paused ? sentence(words.answers.approvedPaused) : undefined;
    const text = words.answers.outcome(outcome, settings.approvers);
    if (outcome.is === 'late') return whoDecided(text, outcome.job, words);
    const whoElse = outcome.is === 'refused' && outcome.why !== 'shared-channel';
    return whoElse ? whoMay(text, settings.approvers, words) : sentence(text);
  }

  app.action(/.*/, async ({ body, ack, respond }) => {
    const action = body.type === 'block_actions' ? body.actions[0] : undefined;
    if (body.type !== 'block_actions' || !action) return ack();
    if (body.view?.callback_id === form.callback) {
      await ack();
      const gesture = action.type === 'button' ? 'sample' : 'chose';
      const view = body.view as OpenForm;
      return after(
        readBy(body.user.id, world).then(theirs => recompute(view, gesture, theirs)),
        'form',
      );
    }
    const id = action.action_id;
    const turn = own(turns, id);
    const press = turn ?? own(presses, id);
    if (!press) {
      log.info('An action was acknowledged that nothing listens to', { door: 'action', name: id.slice(0, 40) });
      return ack();
    }
    const pressed = pressOf(body, action);
    const asker = await asking(pressed.by.user);
    const { words } = asker;
    const message = await guarded(
      asker,
      async () =>
        turn || !pressed.job || (await known(pressed.job, pressed, asker.world))
          ? press(pressed, asker)
          : sentence(words.answers.noSuchJob(pressed.job)),
      'action',
    );
    await ack();
    const { place: channel, thread, by, trigger } = pressed;
    if (message && turn && isWhispered(body)) after(respond({ replace_original: true, ...message }), 'action');
    else if (message && turn && body.view?.type === 'modal')
      after(slack.updateView(inWindow(message, words), body.view), 'action');
    else if (message && channel) after(slack.whisper(message, { channel, thread, user: by.user }), 'action');
    // App Home has no room for an answer: it is shown on top.
    else if (message) after(slack.openView(inWindow(message, words), trigger), 'action');
    if (body.view?.type === 'home') after(showHome(pressed.by.user), 'home');
  });

  // ─── submissions ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** What a submitted view leads to: errors beside its fields, another view in its place, or nothing, and it closes. */
  type Submitted = (
    view: ViewOutput,
    by: Person,
    asker: Asker,
  ) => Promise<Record<string, string> | { update: ModalView } | undefined>;

  const submissions: Record<string, Submitted> = {
    async [form.callback](view, by, asker) {
      const root = view.root_view_id ?? view.id;
      const submission = await guarded(asker, () => submit({ ...(view as OpenForm), root }, by, asker.world), 'form');
      if ('text' in submission) return { modelName: submission.text };
      if (submission.is === 'wrong') return submission.errors;
      if (submission.is === 'redrawn') return { update: submission.view };
      goOn(submission.job.id, 'form');
      return undefined;
    },
    async [approvalIds.denial](view, by, asker) {
      const { words, world } = asker;
      const { job, reason, block } = readDenial(view);
      if (!reason) return { [block]: words.answers.reasonNeeded };
      const outcome = await guarded(asker, () => decide(job, { approve: false, reason }, { by }, world), 'denial');
      if ('text' in outcome) return { [block]: outcome.text };
      const answer = told(outcome, words);
      return answer && { update: inWindow(answer, words) };
    },
    async [instructionId](view, by, asker) {
      const { words, world } = asker;
      const { job, instruction, block } = readInstruction(view);
      const { form: say } = words.mend;
      if (!instruction) return { [block]: say.needed };
      if (instruction.length > limits.instruction) return { [block]: say.tooLong(limits.instruction) };
      const asked = { mending: 'add-instruction', instruction } as const;
      const outcome = await guarded(asker, () => mend(job, asked, by, world), 'mend');
      const answer = 'text' in outcome ? outcome : goneOn(outcome, words);
      return answer && { update: inWindow(answer, words) };
    },
    async [trialIds.form](view, by, asker) {
      const { words, world } = asker;
      const { job, prompt, line } = readTrial(view);
      const wrong = wrongIn({ prompt, line }, words);
      if (wrong) return wrong;
      const asked = { form: view.root_view_id ?? view.id, prompt, line };
      const answer = await guarded(asker, () => wishTrial(job, asked, { by }, world), 'try');
      if (!answer) goOn(job, 'try');
      return answer && { update: inWindow(answer, words) };
    },
    async [switchIds.form](view, by, asker) {
      const { words, world } = asker;
      const outcome = await guarded(asker, () => switchOver(view.private_metadata, by, world), 'switch');
      const answer = 'text' in outcome ? outcome : goneOn(outcome, words);
      return answer && { update: inWindow(answer, words) };
    },
  };

  app.view(/.*/, async ({ body, view, ack }) => {
    const submitted = own(submissions, view.callback_id);
    if (!submitted) log.info('A view was acknowledged that nothing listens to', { door: 'view' });
    const by = personIn(body);
    const led = await submitted?.(view, by, await asking(by.user));
    if (!led) await ack();
    else if (isView(led)) await ack({ response_action: 'update', view: led.update });
    else await ack({ response_action: 'errors', errors: led });
  });

  // ─── App Home, and what nobody asked for ───────────────────────────────────────────────────────────────────────────

  async function showHome(user: string) {
    if ((await maySee(user, world)) === 'yes')
      await slack.publishHome(await homeOf(user, await readBy(user, world)), user);
  }

  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') after(showHome(event.user), 'home');
  });
  app.options(/.*/, async ({ body, ack }) => {
    const view = ('view' in body && body.view) || {};
    await ack({ options: suggested(view, { field: String(body.action_id), typed: String(body.value ?? '') }) });
  });
  app.shortcut(/.*/, async ({ ack }) => ack());
  app.error(async error => log.error('A door failed', { door: 'slack', code: nameOf(error) }, error));

  /** Does a door's work, in time for Slack; where it cannot be done, answers with what that means instead. What goes on after its time cannot write any more. */
  async function guarded<T>({ words, deadline }: Asker, work: () => Promise<T>, door: string): Promise<T | Message> {
    try {
      return await inTime(work(), deadline);
    } catch (error) {
      log.error('A door could not do its work', { door, code: nameOf(error) }, error);
      if (error instanceof SlackTrouble) return sentence(words.answers.slackTrouble);
      if (error instanceof Newer) return sentence(words.answers.newer);
      if (!(error instanceof StoreUnavailable)) return sentence(words.answers.ourFault);
      return sentence(error.sent ? words.answers.notCertain : words.answers.nothingRecorded);
    }
  }

  async function inTime<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
    const answered = new AbortController();
    const late = wait(deadline.at - clock.steady(), undefined, { signal: answered.signal }).then(() => {
      throw new StoreUnavailable('A door had no time left.', { sent: deadline.sent });
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      answered.abort();
    }
  }

  return {
    /** Opens the doors; the port at which they are. */
    async start(): Promise<number> {
      await app.init();
      listening = await doors.listen(routes);
      await deliveries.receiver.start();
      return listening.port;
    },
    /** Closes the doors, and waits for what is under way. */
    async stop() {
      await Promise.all([deliveries.receiver.stop(), listening?.close()]);
      await Promise.allSettled(underWay);
    },
  };
}

function isView(led: Record<string, string> | { update: ModalView }): led is { update: ModalView } {
  return typeof led.update === 'object';
}

/** Somebody who waits for an answer. */
interface Asker {
  /** All that is outside, as they read it, until the deadline. */
  world: World;
  words: Words;
  deadline: Deadline;
}

interface Press {
  job: JobId;
  /** What was chosen, where one thing offers several. */
  choice: string;
  by: Person;
  trigger: string;
  /** Where it was pressed; nowhere in App Home. */
  place: string | undefined;
  /** The channel whose job it has to be: any, in App Home and on what one person alone sees. */
  channel: string | undefined;
  thread: string | undefined;
}

function own<Value>(table: Record<string, Value>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function pressOf(body: BlockAction, action: BlockAction['actions'][number]): Press {
  const value = 'selected_option' in action ? action.selected_option : action;
  const said = value && 'value' in value && typeof value.value === 'string' ? value.value : '';
  const [job = '', choice = ''] = said.split(' ').reverse();
  return {
    job,
    choice,
    by: personIn(body),
    trigger: body.trigger_id,
    place: body.channel?.id,
    channel: isWhispered(body) ? undefined : body.channel?.id,
    thread: body.container?.thread_ts,
  };
}

/** Whether one person alone sees what was pressed on. */
function isWhispered({ container }: BlockAction): boolean {
  return container?.is_ephemeral === true;
}

function personIn(body: { user: { id: string; team_id?: string | undefined }; team?: { id: string } | null }): Person {
  return { user: body.user.id, team: body.user.team_id ?? body.team?.id ?? '' };
}

function personOf(command: SlashCommand): Person {
  return { user: command.user_id, team: command.team_id };
}

function answer(response: ServerResponse, status: number, body?: object) {
  response.writeHead(status, body && { 'content-type': 'application/json' });
  response.end(body && JSON.stringify(body));
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
