// Only what is an experiment's full name beyond doubt is linked to.
const experimentForm =
  /^projects\/[a-z0-9:.-]+\/locations\/([a-z0-9-]+)\/tensorboards\/[0-9]+\/experiments\/[a-z0-9-]+$/;

/** An experiment's page in TensorBoard, at the address that Google's Python client gives (googleapis/python-aiplatform, utils/console_utils.py); undefined for what is not an experiment's full name. */
export function tensorboardUrl(experiment: string): string | undefined {
  const [, location] = experimentForm.exec(experiment) ?? [];
  if (!location) return undefined;
  return `https://${location}.tensorboard.googleusercontent.com/experiment/${experiment.replaceAll('/', '+')}`;
}
