// A small bot as grammY's examples are written.
const { Bot, GrammyError, InlineKeyboard, InputFile } = require("grammy");

const bot = new Bot(process.env.BOT_TOKEN, { client: { apiRoot: process.env.BOT_API } });

const refused = (error) => {
  if (!(error instanceof GrammyError)) throw error;
  return error;
};

bot.command("start", (ctx) =>
  ctx.reply("<b>Unlock</b> Bluey?", {
    parse_mode: "HTML",
    reply_markup: new InlineKeyboard().text("Unlock", "yes").row().url("Help", "https://example.org/help"),
  }));

bot.callbackQuery("yes", async (ctx) => {
  await ctx.answerCallbackQuery({ text: "One moment", show_alert: true });
  await ctx.editMessageText("Sending");
  await ctx.editMessageText("<i>Done</i>", { parse_mode: "HTML" });
  try {
    await ctx.editMessageText("<i>Done</i>", { parse_mode: "HTML" });
  } catch (error) {
    if (!refused(error).description.startsWith("Bad Request: message is not modified: ")) throw error;
    await ctx.reply(`Refused: ${error.error_code} message is not modified`);
  }
});

bot.command("name", (ctx) =>
  ctx.reply("What is it called?", { reply_markup: { force_reply: true, selective: true } }));

bot.command("log", async (ctx) => {
  await ctx.replyWithChatAction("upload_document");
  const file = new InputFile(Buffer.from("ä;1\r\n"), "Straße 1.csv");
  const sent = await ctx.replyWithDocument(file, { caption: "<b>2</b> lines", parse_mode: "HTML" });
  await ctx.api.editMessageCaption(ctx.chat.id, sent.message_id, { caption: "3 lines" });
});

bot.command("who", async (ctx) => {
  const chat = await ctx.getChat();
  const member = await ctx.getChatMember(ctx.from.id);
  const administrators = await ctx.getChatAdministrators();
  const count = await ctx.getChatMemberCount();
  await ctx.reply(
    `${chat.title}: ${member.status} ${member.user.first_name}, ` +
      `${administrators.length} administrator, ${count} members`,
  );
});

bot.command("react", (ctx) => ctx.react("👀"));

bot.command("unknown", async (ctx) => {
  try {
    await ctx.api.raw.openCar();
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).error_code} ${error.description}`);
  }
});

bot.command("flood", async (ctx) => {
  try {
    await ctx.replyWithChatAction("typing");
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).error_code}, retry after ${error.parameters.retry_after}`);
  }
});

bot.command("tell", async (ctx) => {
  try {
    await ctx.api.sendMessage(Number(ctx.match), "Hello");
  } catch (error) {
    await ctx.reply(`Refused: ${refused(error).error_code} ${error.description}`);
  }
});

bot.on("message", async (ctx) => {
  const { text, message_id, reply_to_message } = ctx.message;
  if (!reply_to_message) return;
  await ctx.reply(`Called ${text}`, {
    entities: [{ type: "bold", offset: 7, length: text.length }],
    reply_parameters: { message_id },
  });
  await ctx.api.deleteMessage(ctx.chat.id, reply_to_message.message_id);
});

const main = async () => {
  const start = { command: "start", description: "Begin" };
  const log = { command: "log", description: "Fetch the log" };
  await bot.api.setMyCommands([start]);
  await bot.api.setMyCommands([start, log], { scope: { type: "all_private_chats" } });
  process.once("SIGTERM", () => bot.stop());
  await bot.start();
};

main();
