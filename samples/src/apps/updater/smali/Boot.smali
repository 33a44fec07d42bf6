# Wakes with the phone and with every change of the network.
.class public Lcom/example/updater/Boot;
.super Landroid/content/BroadcastReceiver;
.source "Boot.java"

.method public constructor <init>()V
    .locals 0

    invoke-direct {p0}, Landroid/content/BroadcastReceiver;-><init>()V
    return-void
.end method

.method public onReceive(Landroid/content/Context;Landroid/content/Intent;)V
    .locals 0

    invoke-static {p1}, Lcom/example/updater/Schedule;->set(Landroid/content/Context;)V
    return-void
.end method
