import type { Channel, Group, Person } from './workspace.ts';

/** Who and what exists before anything is said. */
export interface Cast {
  team: { id: string; name: string; domain: string };
  app: { id: string; botId: string; botUser: string };
  people: Map<string, Person>;
  channels: Map<string, Channel>;
  groups: Map<string, Group>;
}

const paris = { locale: 'en-US', zone: 'Europe/Paris', zoneOffset: 7200 };

const usual = {
  team: { id: 'T0ACME001', name: 'Acme', domain: 'acme' },
  people: [
    { id: 'UANA00001', name: 'ana', realName: 'Ana', role: 'member', ...paris },
    { id: 'UBEN00001', name: 'ben', realName: 'Ben', role: 'member', ...paris },
    { id: 'UCHI00001', name: 'chi', realName: 'Chi', role: 'member', ...paris, locale: 'fr-FR' },
    { id: 'UOZ000001', name: 'oz', realName: 'Oz', role: 'member', ...paris },
    { id: 'UGUEST001', name: 'guest', realName: 'Gus Guest', role: 'guest', ...paris },
  ],
  channels: [
    {
      id: 'CDISTILL1',
      name: 'ml-distillation',
      kind: 'public',
      members: ['UANA00001', 'UBEN00001', 'UCHI00001', 'UOZ000001', 'UGUEST001', 'URETORT01'],
    },
    {
      id: 'CGENERAL1',
      name: 'general',
      kind: 'public',
      members: ['UANA00001', 'UBEN00001', 'UCHI00001', 'UOZ000001'],
    },
    { id: 'CPRIVATE1', name: 'ml-leads', kind: 'private', members: ['UANA00001', 'UBEN00001', 'UCHI00001'] },
  ],
  groups: [{ id: 'SAPPROVE1', handle: 'ml-approvers', name: 'ML approvers', people: ['UBEN00001', 'UCHI00001'] }],
} satisfies { team: Cast['team']; people: Person[]; channels: Channel[]; groups: Group[] };

const bot: Person = { id: 'URETORT01', name: 'retort', realName: 'Retort', role: 'bot' };

/** The usual workspace, "Acme", with whatever is given in place of its own; the bot user is always there. */
export function cast(given: {
  team?: Cast['team'] | undefined;
  people?: Person[] | undefined;
  channels?: Channel[] | undefined;
  groups?: Group[] | undefined;
}): Cast {
  const copy = structuredClone(usual);
  return {
    team: given.team ?? copy.team,
    app: { id: 'A0RETORT1', botId: 'BRETORT01', botUser: bot.id },
    people: byId([...(given.people ?? copy.people), bot]),
    channels: byId(structuredClone(given.channels) ?? copy.channels),
    groups: byId(structuredClone(given.groups) ?? copy.groups),
  };
}

function byId<Thing extends { id: string }>(things: Thing[]): Map<string, Thing> {
  return new Map(things.map(thing => [thing.id, thing]));
}
