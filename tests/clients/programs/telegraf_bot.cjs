// A small bot as telegraf's examples are written.
const { Input, Markup, Telegraf, TelegramError } = require("telegraf");

const bot = new Telegraf(process.env.BOT_TOKEN, { telegram: { apiRoot: process.env.BOT_API } });

const refused = (error) => {
  if (!(error instanceof TelegramError)) throw error;
  return error;
};

bot.start((ctx) =>
  ctx.replyWithHTML(
    "<b>Unlock</b> Bluey?",
    Markup.inlineKeyboard([
      [Markup.button.callback("Unlock", "yes")],
      [Markup.button.url("Help", "https://example.org/help")],
    ]),
  ));

bot.action("yes", async (ctx) => {
  await ctx.answerCbQuery("One moment", { show_alert: true });
  await ctx.editMessageText("Sending");
  await ctx.editMessageText("<i>Done</i>", { parse_mode: "HTML" });
  try {
    await ctx.editMessageText("<i>Done</i>", { parse_mode: "HTML" });
  } catch (error) {
    if (!refused(error).description.startsWith("Bad Request: message is not modified: ")) throw error;
    await ctx.reply(`Refused: ${error.code} message is not modified`);
  }
});

bot.command("name", (ctx) => ctx.reply("What is it called?", Markup.forceReply().selective()));

bot.command("log", async (ctx) => {
  await ctx.sendChatAction("upload_document");
  const file = Input.fromBuffer(Buffer.from("ä;1\r\n"), "Straße 1.csv");
  const sent = await ctx.replyWithDocument(file, { caption: "<b>2</b> lines", parse_mode: "HTML" });
  await ctx.telegram.editMessageCaption(ctx.chat.id, sent.message_id, undefined, "3 lines");
});

bot.command("who", async (ctx) => {
  const chat = await ctx.getChat();
  const member = await ctx.getChatMember(ctx.from.id);
  const administrators = await ctx.getChatAdministrators();
  const count = await ctx.getChatMembersCount();
  await ctx.reply(
    `${chat.title}: ${member.status} ${member.user.first_name}, ` +
      `${administrators.length} administrator, ${count} members`,
  );
});

bot.command("react", (ctx) => ctx.react("👀"));

bot.command("unknown", async (ctx) => {
  try {
    await ctx.telegram.callApi("openCar", {});
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).code} ${error.description}`);
  }
});

bot.command("flood", async (ctx) => {
  try {
    await ctx.sendChatAction("typing");
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).code}, retry after ${error.parameters.retry_after}`);
  }
});

bot.command("tell", async (ctx) => {
  try {
    await ctx.telegram.sendMessage(Number(ctx.payload), "Hello");
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).code} ${error.description}`);
  }
});

bot.on("message", async (ctx) => {
  const { text, message_id, reply_to_message } = ctx.message;
  if (!reply_to_message) return;
  await ctx.reply(`Called ${text}`, {
    entities: [{ type: "bold", offset: 7, length: text.length }],
    reply_parameters: { message_id },
  });
  await ctx.deleteMessage(reply_to_message.message_id);
});

const main = async () => {
  const start = { command: "start", description: "Begin" };
  const log = { command: "log", description: "Fetch the log" };
  await bot.telegram.setMyCommands([start]);
  await bot.telegram.setMyCommands([start, log], { scope: { type: "all_private_chats" } });
  process.once("SIGTERM", () => bot.stop("SIGTERM"));
  await bot.launch();
};

main();
